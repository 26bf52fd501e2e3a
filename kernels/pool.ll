declare i32 @clock_gettime(i32, ptr)

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

; run one kernel over its extent
define internal i64 @rt_launch(ptr %step, ptr %list, ptr %ctx, ptr %frame) {
entry:
  %fn.p = getelementptr i64, ptr %step, i64 4
  %fn = load ptr, ptr %fn.p
  %extent.p = getelementptr i64, ptr %step, i64 5
  %extent = load i64, ptr %extent.p
  %scratch.bytes.p = getelementptr i64, ptr %step, i64 7
  %scratch.bytes = load i64, ptr %scratch.bytes.p
  %none = icmp eq i64 %scratch.bytes, 0
  br i1 %none, label %alone, label %scratch
scratch:
  %nbufs.p = getelementptr i64, ptr %step, i64 8
  %nbufs = load i64, ptr %nbufs.p
  %scratch.p = getelementptr i64, ptr %frame, i64 6
  %mine = load ptr, ptr %scratch.p
  %to = getelementptr ptr, ptr %list, i64 %nbufs
  store ptr %mine, ptr %to
  br label %alone
alone:
  %status = call i64 %fn(ptr %list, ptr %ctx, i64 0, i64 %extent)
  ret i64 %status
}
