; How a worker rests on Linux.
declare i64 @syscall(i64, ...)

define internal void @rt_rest_begin() {
  ret void
}

; sleep while the word still is what was seen
define internal void @rt_rest(ptr %word, i32 %seen) {
  %result = call i64 (i64, ...) @syscall(i64 {futex}, ptr %word, i64 128, i32 %seen, ptr null, ptr null, i64 0)
  ret void
}

define internal void @rt_rouse(ptr %word, i32 %count) {
  %result = call i64 (i64, ...) @syscall(i64 {futex}, ptr %word, i64 129, i32 %count, ptr null, ptr null, i64 0)
  ret void
}
