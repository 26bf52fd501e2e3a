; Threads, time and rest as Windows has them: all of it is in kernel32.dll.
declare i32 @QueryPerformanceCounter(ptr)
declare i32 @QueryPerformanceFrequency(ptr)
declare i32 @SwitchToThread()
declare i32 @GetCurrentThreadId()
declare ptr @CreateThread(ptr, i64, ptr, ptr, i32, ptr)
declare i32 @CloseHandle(ptr)
declare void @AcquireSRWLockExclusive(ptr)
declare void @ReleaseSRWLockExclusive(ptr)
declare i32 @SleepConditionVariableSRW(ptr, ptr, i32, i32)
declare void @WakeAllConditionVariable(ptr)

; both begin as zeros
@rt_mutex = internal global ptr null
@rt_condition = internal global ptr null

; nanoseconds of a clock that only goes forward
define internal i64 @rt_now() {
  %count.p = alloca i64, align 8
  %rate.p = alloca i64, align 8
  %counted = call i32 @QueryPerformanceCounter(ptr %count.p)
  %rated = call i32 @QueryPerformanceFrequency(ptr %rate.p)
  %count = load i64, ptr %count.p
  %rate = load i64, ptr %rate.p
  ; seconds apart from their parts, so that no product is too large
  %seconds = udiv i64 %count, %rate
  %rest = urem i64 %count, %rate
  %whole = mul i64 %seconds, 1000000000
  %scaled = mul i64 %rest, 1000000000
  %part = udiv i64 %scaled, %rate
  %now = add i64 %whole, %part
  ret i64 %now
}

define internal void @rt_yield() {
  %yielded = call i32 @SwitchToThread()
  ret void
}

; this thread, as Python's threading.get_ident() names it
define internal i64 @rt_self() {
  %self = call i32 @GetCurrentThreadId()
  %wide = zext i32 %self to i64
  ret i64 %wide
}

; threads get no signals
define internal void @rt_signals_off(ptr %old) {
  ret void
}

define internal void @rt_signals_back(ptr %old) {
  ret void
}

; begin a worker; whether there is one more
define internal i1 @rt_begin(ptr %arg) {
entry:
  %handle = call ptr @CreateThread(ptr null, i64 0, ptr @rt_worker, ptr %arg, i32 0, ptr null)
  %bad = icmp eq ptr %handle, null
  br i1 %bad, label %none, label %one
none:
  ret i1 false
one:
  %closed = call i32 @CloseHandle(ptr %handle)
  ret i1 true
}

define internal void @rt_rest_begin() {
  ret void
}

; sleep while the word still is what was seen
define internal void @rt_rest(ptr %word, i32 %seen) {
entry:
  call void @AcquireSRWLockExclusive(ptr @rt_mutex)
  br label %look
look:
  %now = load atomic i32, ptr %word seq_cst, align 4
  %same = icmp eq i32 %now, %seen
  br i1 %same, label %wait, label %out
wait:
  %woken = call i32 @SleepConditionVariableSRW(ptr @rt_condition, ptr @rt_mutex, i32 -1, i32 0)
  br label %look
out:
  call void @ReleaseSRWLockExclusive(ptr @rt_mutex)
  ret void
}

define internal void @rt_rouse(ptr %word, i32 %count) {
  call void @AcquireSRWLockExclusive(ptr @rt_mutex)
  call void @WakeAllConditionVariable(ptr @rt_condition)
  call void @ReleaseSRWLockExclusive(ptr @rt_mutex)
  ret void
}
