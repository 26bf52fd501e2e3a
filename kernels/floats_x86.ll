; Floating-point mode on x86: round to nearest, keep denormals, mask all exceptions. Libraries built with -ffast-math
; leave another mode behind in the threads that loaded them.
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)

; set our mode; the one before
define internal i32 @rt_floats_set() {
entry:
  %word = alloca i32, align 4
  call void @llvm.x86.sse.stmxcsr(ptr %word)
  %before = load i32, ptr %word
  %control = and i32 %before, 65472
  %same = icmp eq i32 %control, 8064
  br i1 %same, label %out, label %set
set:
  store i32 8064, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  br label %out
out:
  ret i32 %before
}

define internal void @rt_floats_restore(i32 %before) {
entry:
  %word = alloca i32, align 4
  %control = and i32 %before, 65472
  %same = icmp eq i32 %control, 8064
  br i1 %same, label %out, label %set
set:
  store i32 %before, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  br label %out
out:
  ret void
}
