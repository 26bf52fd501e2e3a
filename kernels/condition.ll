; How a worker rests where there is no futex: a condition variable of POSIX.
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)

@rt_mutex = internal global [16 x i64] zeroinitializer, align 64
@rt_condition = internal global [16 x i64] zeroinitializer, align 64

define internal void @rt_rest_begin() {
  %made = call i32 @pthread_mutex_init(ptr @rt_mutex, ptr null)
  %too = call i32 @pthread_cond_init(ptr @rt_condition, ptr null)
  ret void
}

; sleep while the word still is what was seen
define internal void @rt_rest(ptr %word, i32 %seen) {
entry:
  %locked = call i32 @pthread_mutex_lock(ptr @rt_mutex)
  br label %look
look:
  %now = load atomic i32, ptr %word seq_cst, align 4
  %same = icmp eq i32 %now, %seen
  br i1 %same, label %wait, label %out
wait:
  %woken = call i32 @pthread_cond_wait(ptr @rt_condition, ptr @rt_mutex)
  br label %look
out:
  %unlocked = call i32 @pthread_mutex_unlock(ptr @rt_mutex)
  ret void
}

define internal void @rt_rouse(ptr %word, i32 %count) {
  %locked = call i32 @pthread_mutex_lock(ptr @rt_mutex)
  %told = call i32 @pthread_cond_broadcast(ptr @rt_condition)
  %unlocked = call i32 @pthread_mutex_unlock(ptr @rt_mutex)
  ret void
}
