; The thread pool. One job at a time: whoever takes @rt_lock publishes it, others run theirs alone.
;
; A job of n chunks is claimed through one word, @rt_ticket = generation << 16 | n << 8 | next. A claim is a
; compare-and-swap of the whole word from (g, n, k) to (g, n, k + 1) with k < n. Hence:
; - a claim succeeds only for the generation, n and k that were read together, however late the thread is;
; - a job is over when n chunks are done, and every claimed chunk is one that will be counted: so between a claim and
;   its count in @rt_done the job cannot end, and @rt_job, which is read only there, cannot change;
; - when a job is over its word says k = n, and no claim succeeds until the next one is published in full.
; The caller claims too, and waits only for chunks that others have claimed.
; Workers rest on @rt_epoch, which counts published jobs: a worker announces itself in @rt_sleepers before it looks at
; the epoch for the last time, the publisher raises the epoch before it looks for sleepers, so no wake-up is lost.

@rt_ticket = global [8 x i64] zeroinitializer, align 64
@rt_done = global [8 x i64] zeroinitializer, align 64
@rt_epoch = global [16 x i32] zeroinitializer, align 64
@rt_sleepers = global [16 x i32] zeroinitializer, align 64
@rt_lock = global [16 x i32] zeroinitializer, align 64
; 0 kernel, 1 pointer list, 2 its length, 3 ctx, 4 extent, 5 chunk, 6 scratch bytes a thread, 7 words of a list,
; 8 scratch, 9 first failed chunk << 32 | status
@rt_job = global [16 x i64] zeroinitializer, align 64
; 0 threads that may work, 1 workers that run, 2 least estimated ns for which to share work, 3 jobs shared so far,
; 4 ns worth of small jobs kept since workers slept
@rt_team = global [8 x i64] [i64 1, i64 0, i64 15000, i64 0, i64 0, i64 0, i64 0, i64 0], align 64

{declare_pause}

; the pointer list of thread %tid with its own scratch at the end
define internal ptr @rt_list(i64 %tid, ptr %list, i64 %count, i64 %words, ptr %scratch, i64 %bytes) {
entry:
  %shared = icmp eq i64 %bytes, 0
  br i1 %shared, label %same, label %own
same:
  ret ptr %list
own:
  %skip = mul i64 %tid, %words
  %mine = getelementptr ptr, ptr %list, i64 %skip
  %far = mul i64 %tid, %bytes
  %place = getelementptr i8, ptr %scratch, i64 %far
  %last = getelementptr ptr, ptr %mine, i64 %count
  store ptr %place, ptr %last
  %caller = icmp eq i64 %tid, 0
  br i1 %caller, label %out, label %head
head:
  %k = phi i64 [0, %own], [%k.next, %body]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %body, label %out
body:
  %from = getelementptr ptr, ptr %list, i64 %k
  %pointer = load ptr, ptr %from
  %to = getelementptr ptr, ptr %mine, i64 %k
  store ptr %pointer, ptr %to
  %k.next = add i64 %k, 1
  br label %head
out:
  ret ptr %mine
}

; claim and run chunks until none is left
define internal void @rt_drain(i64 %tid) {
entry:
  br label %look
look:
  %ticket = load atomic i64, ptr @rt_ticket seq_cst, align 8
  %k = and i64 %ticket, 255
  %n.high = lshr i64 %ticket, 8
  %n = and i64 %n.high, 255
  %open = icmp ult i64 %k, %n
  br i1 %open, label %claim, label %out
claim:
  %taken = add i64 %ticket, 1
  %swap = cmpxchg ptr @rt_ticket, i64 %ticket, i64 %taken seq_cst seq_cst
  %mine = extractvalue {i64, i1} %swap, 1
  br i1 %mine, label %run, label %look
run:
  %fn = load ptr, ptr @rt_job
  %list = load ptr, ptr getelementptr (i64, ptr @rt_job, i64 1)
  %count = load i64, ptr getelementptr (i64, ptr @rt_job, i64 2)
  %ctx = load ptr, ptr getelementptr (i64, ptr @rt_job, i64 3)
  %extent = load i64, ptr getelementptr (i64, ptr @rt_job, i64 4)
  %chunk = load i64, ptr getelementptr (i64, ptr @rt_job, i64 5)
  %bytes = load i64, ptr getelementptr (i64, ptr @rt_job, i64 6)
  %words = load i64, ptr getelementptr (i64, ptr @rt_job, i64 7)
  %scratch = load ptr, ptr getelementptr (i64, ptr @rt_job, i64 8)
  %bufs = call ptr @rt_list(i64 %tid, ptr %list, i64 %count, i64 %words, ptr %scratch, i64 %bytes)
  %begin = mul i64 %k, %chunk
  %stop = add i64 %begin, %chunk
  %over = icmp sgt i64 %stop, %extent
  %end = select i1 %over, i64 %extent, i64 %stop
  %status = call i64 %fn(ptr %bufs, ptr %ctx, i64 %begin, i64 %end)
  %fine = icmp eq i64 %status, 0
  br i1 %fine, label %count.it, label %failed
failed:
  %upper = shl i64 %k, 32
  %lower = and i64 %status, 4294967295
  %both = or i64 %upper, %lower
  %before = atomicrmw umin ptr getelementptr (i64, ptr @rt_job, i64 9), i64 %both seq_cst
  br label %count.it
count.it:
  %was = atomicrmw add ptr @rt_done, i64 1 seq_cst
  br label %look
out:
  ret void
}

; a worker: drain, look out for a new job for about 50 microseconds, then rest
define ptr @rt_worker(ptr %arg) {
entry:
  %tid = ptrtoint ptr %arg to i64
  %floats = call i32 @rt_floats_set()
  br label %work
work:
  %seen = load atomic i32, ptr @rt_epoch seq_cst, align 4
  call void @rt_drain(i64 %tid)
  %began = call i64 @rt_now()
  br label %watch
watch:
  %turn = phi i32 [0, %work], [%turn.next, %idle], [0, %clock]
  %epoch = load atomic i32, ptr @rt_epoch acquire, align 4
  %news = icmp ne i32 %epoch, %seen
  br i1 %news, label %work, label %idle
idle:
  {pause}
  %turn.next = add i32 %turn, 1
  %enough = icmp eq i32 %turn.next, 64
  br i1 %enough, label %clock, label %watch
clock:
  %now = call i64 @rt_now()
  %passed = sub i64 %now, %began
  %tired = icmp sgt i64 %passed, 50000
  br i1 %tired, label %sleep, label %watch
sleep:
  %a = atomicrmw add ptr @rt_sleepers, i32 1 seq_cst
  call void @rt_rest(ptr @rt_epoch, i32 %seen)
  %b = atomicrmw sub ptr @rt_sleepers, i32 1 seq_cst
  br label %work
}

; start the workers with all signals blocked, so that Python's handlers run in its own threads; the lock is held
define internal void @rt_start() {
entry:
  %old = alloca [32 x i64], align 64
  %team = load i64, ptr @rt_team
  call void @rt_rest_begin()
  call void @rt_signals_off(ptr %old)
  br label %head
head:
  %tid = phi i64 [1, %entry], [%tid.next, %started]
  %more = icmp ult i64 %tid, %team
  br i1 %more, label %start, label %out
start:
  %arg = inttoptr i64 %tid to ptr
  %begun = call i1 @rt_begin(ptr %arg)
  br i1 %begun, label %started, label %out
started:
  %tid.next = add i64 %tid, 1
  br label %head
out:
  %running = sub i64 %tid, 1
  store i64 %running, ptr getelementptr (i64, ptr @rt_team, i64 1)
  call void @rt_signals_back(ptr %old)
  ; without any worker the pool is not tried again
  %none = icmp eq i64 %running, 0
  br i1 %none, label %alone, label %done
alone:
  store i64 1, ptr @rt_team
  br label %done
done:
  ret void
}

; run the kernel of a step over its extent, in chunks on several threads where that pays
define internal i64 @rt_launch(ptr %step, ptr %list, ptr %ctx, ptr %frame) {
entry:
  %work.p = getelementptr i64, ptr %step, i64 3
  %work = load i64, ptr %work.p
  %fn.p = getelementptr i64, ptr %step, i64 4
  %fn = load ptr, ptr %fn.p
  %extent.p = getelementptr i64, ptr %step, i64 5
  %extent = load i64, ptr %extent.p
  %chunk.p = getelementptr i64, ptr %step, i64 6
  %chunk = load i64, ptr %chunk.p
  %bytes.p = getelementptr i64, ptr %step, i64 7
  %bytes = load i64, ptr %bytes.p
  %count.p = getelementptr i64, ptr %step, i64 8
  %count = load i64, ptr %count.p
  %slots = getelementptr i64, ptr %frame, i64 16
  %scratch.pair = getelementptr i64, ptr %step, i64 10
  %scratch = call ptr @rt_place(ptr %scratch.pair, ptr %slots)
  %parts = icmp sgt i64 %extent, %chunk
  %least = load i64, ptr getelementptr (i64, ptr @rt_team, i64 2)
  %heavy = icmp sge i64 %work, %least
  %team = load i64, ptr @rt_team
  %several = icmp ugt i64 %team, 1
  %pays = and i1 %parts, %heavy
  %share = and i1 %pays, %several
  br i1 %share, label %try, label %alone
try:
  %lock = cmpxchg ptr @rt_lock, i32 0, i32 1 seq_cst seq_cst
  %got = extractvalue {i32, i1} %lock, 1
  br i1 %got, label %locked, label %alone
keep:
  store i64 %kept.sum, ptr getelementptr (i64, ptr @rt_team, i64 4)
  store atomic i32 0, ptr @rt_lock seq_cst, align 4
  br label %alone
alone:
  %bufs = call ptr @rt_list(i64 0, ptr %list, i64 %count, i64 0, ptr %scratch, i64 %bytes)
  %status = call i64 %fn(ptr %bufs, ptr %ctx, i64 0, i64 %extent)
  ret i64 %status
locked:
  ; waking a thread costs 20 to 50 microseconds: small jobs pay it only once there have been several
  %workers = load i64, ptr getelementptr (i64, ptr @rt_team, i64 1)
  %resting = load atomic i32, ptr @rt_sleepers seq_cst, align 4
  %resting.wide = zext i32 %resting to i64
  %asleep = icmp uge i64 %resting.wide, %workers
  %small = icmp slt i64 %work, 100000
  %doubt = and i1 %asleep, %small
  br i1 %doubt, label %weigh, label %ready
weigh:
  %kept = load i64, ptr getelementptr (i64, ptr @rt_team, i64 4)
  %kept.sum = add i64 %kept, %work
  %few = icmp slt i64 %kept.sum, 300000
  br i1 %few, label %keep, label %ready
ready:
  store i64 0, ptr getelementptr (i64, ptr @rt_team, i64 4)
  %missing = icmp eq i64 %workers, 0
  br i1 %missing, label %start, label %publish
start:
  call void @rt_start()
  br label %publish
publish:
  %words.p = getelementptr i64, ptr %frame, i64 9
  %words = load i64, ptr %words.p
  store ptr %fn, ptr @rt_job
  store ptr %list, ptr getelementptr (i64, ptr @rt_job, i64 1)
  store i64 %count, ptr getelementptr (i64, ptr @rt_job, i64 2)
  store ptr %ctx, ptr getelementptr (i64, ptr @rt_job, i64 3)
  store i64 %extent, ptr getelementptr (i64, ptr @rt_job, i64 4)
  store i64 %chunk, ptr getelementptr (i64, ptr @rt_job, i64 5)
  store i64 %bytes, ptr getelementptr (i64, ptr @rt_job, i64 6)
  store i64 %words, ptr getelementptr (i64, ptr @rt_job, i64 7)
  store ptr %scratch, ptr getelementptr (i64, ptr @rt_job, i64 8)
  store i64 -1, ptr getelementptr (i64, ptr @rt_job, i64 9)
  store atomic i64 0, ptr @rt_done seq_cst, align 8
  %jobs = load i64, ptr getelementptr (i64, ptr @rt_team, i64 3)
  %jobs.next = add i64 %jobs, 1
  store i64 %jobs.next, ptr getelementptr (i64, ptr @rt_team, i64 3)
  %extent.up = add i64 %extent, %chunk
  %extent.last = sub i64 %extent.up, 1
  %n = udiv i64 %extent.last, %chunk
  %old = load atomic i64, ptr @rt_ticket seq_cst, align 8
  %generation = lshr i64 %old, 16
  %generation.next = add i64 %generation, 1
  %high = shl i64 %generation.next, 16
  %middle = shl i64 %n, 8
  %ticket = or i64 %high, %middle
  store atomic i64 %ticket, ptr @rt_ticket seq_cst, align 8
  %epoch = atomicrmw add ptr @rt_epoch, i32 1 seq_cst
  %sleepers = load atomic i32, ptr @rt_sleepers seq_cst, align 4
  %any = icmp ne i32 %sleepers, 0
  br i1 %any, label %wake, label %drain
wake:
  ; no more than the work is worth, at 30 microseconds a wake-up
  %worth = sdiv i64 %work, 30000
  %worth.one = add i64 %worth, 1
  %helpers = sub i64 %n, 1
  %enough = icmp slt i64 %worth.one, %helpers
  %wanted = select i1 %enough, i64 %worth.one, i64 %helpers
  %count32 = trunc i64 %wanted to i32
  call void @rt_rouse(ptr @rt_epoch, i32 %count32)
  br label %drain
drain:
  call void @rt_drain(i64 0)
  br label %wait
wait:
  %turn = phi i32 [0, %drain], [%turn.next, %spin], [%turn.next, %yield]
  %done = load atomic i64, ptr @rt_done seq_cst, align 8
  %all = icmp eq i64 %done, %n
  br i1 %all, label %finish, label %patience
patience:
  %turn.next = add i32 %turn, 1
  %long = icmp ugt i32 %turn.next, 4000
  br i1 %long, label %yield, label %spin
spin:
  {pause}
  br label %wait
yield:
  call void @rt_yield()
  br label %wait
finish:
  %first = load i64, ptr getelementptr (i64, ptr @rt_job, i64 9)
  store atomic i32 0, ptr @rt_lock seq_cst, align 4
  %fine = icmp eq i64 %first, -1
  %code = and i64 %first, 4294967295
  %result = select i1 %fine, i64 0, i64 %code
  ret i64 %result
}

; around a fork: no job is in flight, and the child begins without workers
define void @rt_pool_pause() {
entry:
  br label %try
try:
  %lock = cmpxchg ptr @rt_lock, i32 0, i32 1 seq_cst seq_cst
  %got = extractvalue {i32, i1} %lock, 1
  br i1 %got, label %out, label %again
again:
  call void @rt_yield()
  br label %try
out:
  ret void
}

define void @rt_pool_resume() {
  store atomic i32 0, ptr @rt_lock seq_cst, align 4
  ret void
}

define void @rt_pool_reset() {
  store i64 0, ptr getelementptr (i64, ptr @rt_team, i64 1)
  store atomic i32 0, ptr @rt_sleepers seq_cst, align 4
  store atomic i32 0, ptr @rt_lock seq_cst, align 4
  ret void
}
