; Threads and time as POSIX has them.
declare i32 @clock_gettime(i32, ptr)
declare i32 @sched_yield()
declare i64 @pthread_self()
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i32 @sigfillset(ptr)
declare i32 @pthread_sigmask(i32, ptr, ptr)

; nanoseconds of a clock that only goes forward
define internal i64 @rt_now() {
  %time = alloca [2 x i64], align 8
  %ignored = call i32 @clock_gettime(i32 {monotonic}, ptr %time)
  %seconds = load i64, ptr %time
  %part.p = getelementptr i64, ptr %time, i64 1
  %part = load i64, ptr %part.p
  %whole = mul i64 %seconds, 1000000000
  %now = add i64 %whole, %part
  ret i64 %now
}

define internal void @rt_yield() {
  %yielded = call i32 @sched_yield()
  ret void
}

; this thread, as Python's threading.get_ident() names it
define internal i64 @rt_self() {
  %self = call i64 @pthread_self()
  ret i64 %self
}

; block all signals, and keep in %old which were
define internal void @rt_signals_off(ptr %old) {
  %all = alloca [32 x i64], align 64
  %filled = call i32 @sigfillset(ptr %all)
  %masked = call i32 @pthread_sigmask(i32 {setmask}, ptr %all, ptr %old)
  ret void
}

define internal void @rt_signals_back(ptr %old) {
  %back = call i32 @pthread_sigmask(i32 {setmask}, ptr %old, ptr null)
  ret void
}

; begin a worker; whether there is one more
define internal i1 @rt_begin(ptr %arg) {
entry:
  %thread = alloca i64, align 8
  %failed = call i32 @pthread_create(ptr %thread, ptr null, ptr @rt_worker, ptr %arg)
  %bad = icmp ne i32 %failed, 0
  br i1 %bad, label %none, label %one
none:
  ret i1 false
one:
  %handle = load i64, ptr %thread
  %detached = call i32 @pthread_detach(i64 %handle)
  ret i1 true
}
