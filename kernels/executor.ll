; The executor: walks a table of steps (i64 words, written by target/llvm/executor.py) over a frame (i64 words, one a
; call). The table is read only, so any number of threads may walk it at once.
;
; image: 0 inputs, 1 outputs, 2 temps, 3 others, 4 frame words, 5 words of one pointer list, 6 threads,
;        7 unused, 8 first step, 9 end of steps, 10 word of the frame where a small arena
;        begins or 0, 11 unused, 12.. offsets of temps, values of others, steps
; frame: 0 thread state while the GIL is released, 1 estimated ns so far, 2 next look at the clock, 3 time of the last
;        poll, 4 ns between polls, 5 failed step, 6 unused, 7 pointer lists, 8 homes of outputs, 9 words of a list,
;        10 threads, 16.. slots: inputs, outputs, temps, others; then homes, then pointer lists
; step:  0 word, 1 next step, 2 number, 3 estimated ns, 4.. operands

declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare i32 @PyErr_CheckSignals()
declare ptr @memmove(ptr, ptr, i64)
declare ptr @memset(ptr, i32, i64)

@rt_host = global ptr null        ; i64 (id, pointers, their number, ctx, their number)
@rt_main_thread = global i64 0    ; the only thread that gets Python's signals

; Every 10 ms on the main thread: take the GIL and let Python handle signals. The first call releases the GIL.
define internal i64 @rt_poll(ptr %frame) {
entry:
  %state = load ptr, ptr %frame
  %sofar.p = getelementptr i64, ptr %frame, i64 1
  %sofar = load i64, ptr %sofar.p
  %next.p = getelementptr i64, ptr %frame, i64 2
  %next = add i64 %sofar, 100000
  store i64 %next, ptr %next.p
  %last.p = getelementptr i64, ptr %frame, i64 3
  %period.p = getelementptr i64, ptr %frame, i64 4
  %held = icmp eq ptr %state, null
  br i1 %held, label %release, label %look
release:
  %fresh = call ptr @PyEval_SaveThread()
  store ptr %fresh, ptr %frame
  %began = call i64 @rt_now()
  store i64 %began, ptr %last.p
  store i64 10000000, ptr %period.p
  ret i64 0
look:
  %now = call i64 @rt_now()
  %last = load i64, ptr %last.p
  %passed = sub i64 %now, %last
  %period = load i64, ptr %period.p
  %due = icmp sge i64 %passed, %period
  br i1 %due, label %mine, label %out
mine:
  store i64 %now, ptr %last.p
  %self = call i64 @rt_self()
  %main = load i64, ptr @rt_main_thread
  %ismain = icmp eq i64 %self, %main
  br i1 %ismain, label %signals, label %out
signals:
  call void @PyEval_RestoreThread(ptr %state)
  %after = call i64 @rt_now()
  %raised = call i32 @PyErr_CheckSignals()
  %bad = icmp slt i32 %raised, 0
  br i1 %bad, label %interrupted, label %go
interrupted:
  store ptr null, ptr %frame
  ret i64 -1
go:
  %again = call ptr @PyEval_SaveThread()
  store ptr %again, ptr %frame
  ; where other threads keep the GIL busy, look less often: at most 5 % of the time goes into waiting
  %wait = sub i64 %after, %now
  %scaled = mul i64 %wait, 20
  %long = icmp sgt i64 %scaled, 10000000
  %floor = select i1 %long, i64 %scaled, i64 10000000
  %short = icmp slt i64 %floor, 200000000
  %chosen = select i1 %short, i64 %floor, i64 200000000
  store i64 %chosen, ptr %period.p
  store i64 %after, ptr %last.p
  br label %out
out:
  ret i64 0
}

; the address that a (slot, offset) pair means
define internal ptr @rt_place(ptr %pair, ptr %slots) {
  %slot = load i64, ptr %pair
  %offset.p = getelementptr i64, ptr %pair, i64 1
  %offset = load i64, ptr %offset.p
  %base.p = getelementptr ptr, ptr %slots, i64 %slot
  %base = load ptr, ptr %base.p
  %place = getelementptr i8, ptr %base, i64 %offset
  ret ptr %place
}

define internal void @rt_places(ptr %pairs, i64 %count, ptr %slots, ptr %list) {
entry:
  br label %head
head:
  %k = phi i64 [0, %entry], [%k.next, %body]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %body, label %out
body:
  %twice = shl i64 %k, 1
  %pair = getelementptr i64, ptr %pairs, i64 %twice
  %place = call ptr @rt_place(ptr %pair, ptr %slots)
  %to = getelementptr ptr, ptr %list, i64 %k
  store ptr %place, ptr %to
  %k.next = add i64 %k, 1
  br label %head
out:
  ret void
}

; carries: cycles of slots (length, slots...), each takes the pointer of the next
define internal void @rt_move(ptr %moves, i64 %words, ptr %slots) {
entry:
  br label %cycle
cycle:
  %at = phi i64 [0, %entry], [%after, %close]
  %more = icmp ult i64 %at, %words
  br i1 %more, label %open, label %out
open:
  %length.p = getelementptr i64, ptr %moves, i64 %at
  %length = load i64, ptr %length.p
  %first.p = getelementptr i64, ptr %length.p, i64 1
  %first = load i64, ptr %first.p
  %to.0 = getelementptr ptr, ptr %slots, i64 %first
  %kept = load ptr, ptr %to.0
  br label %link
link:
  %k = phi i64 [2, %open], [%k.next, %shift]
  %to = phi ptr [%to.0, %open], [%from, %shift]
  %rest = icmp ule i64 %k, %length
  br i1 %rest, label %shift, label %close
shift:
  %slot.p = getelementptr i64, ptr %length.p, i64 %k
  %slot = load i64, ptr %slot.p
  %from = getelementptr ptr, ptr %slots, i64 %slot
  %value = load ptr, ptr %from
  store ptr %value, ptr %to
  %k.next = add i64 %k, 1
  br label %link
close:
  store ptr %kept, ptr %to
  %skip = add i64 %length, 1
  %after = add i64 %at, %skip
  br label %cycle
out:
  ret void
}

; carries in outputs: bring the last value home (in slot, its partner, bytes, number of the output)
define internal void @rt_homes(ptr %list, i64 %count, ptr %frame) {
entry:
  %slots = getelementptr i64, ptr %frame, i64 16
  %homes.p = getelementptr i64, ptr %frame, i64 8
  %homes = load ptr, ptr %homes.p
  br label %head
head:
  %k = phi i64 [0, %entry], [%k.next, %tail]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %body, label %out
body:
  %row = shl i64 %k, 2
  %in.p = getelementptr i64, ptr %list, i64 %row
  %in = load i64, ptr %in.p
  %number.p = getelementptr i64, ptr %in.p, i64 3
  %number = load i64, ptr %number.p
  %home.p = getelementptr ptr, ptr %homes, i64 %number
  %home = load ptr, ptr %home.p
  %now.p = getelementptr ptr, ptr %slots, i64 %in
  %now = load ptr, ptr %now.p
  %there = icmp eq ptr %now, %home
  br i1 %there, label %tail, label %bring
bring:
  %partner.p = getelementptr i64, ptr %in.p, i64 1
  %partner = load i64, ptr %partner.p
  %bytes.p = getelementptr i64, ptr %in.p, i64 2
  %bytes = load i64, ptr %bytes.p
  %moved = call ptr @memmove(ptr %home, ptr %now, i64 %bytes)
  store ptr %home, ptr %now.p
  %other.p = getelementptr ptr, ptr %slots, i64 %partner
  store ptr %now, ptr %other.p
  br label %tail
tail:
  %k.next = add i64 %k, 1
  br label %head
out:
  ret void
}

; point each row slot (row slot, whole slot, offset, stride) at row %i
define internal void @rt_rows(ptr %rows, i64 %count, i64 %i, ptr %slots) {
entry:
  br label %head
head:
  %k = phi i64 [0, %entry], [%k.next, %body]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %body, label %out
body:
  %at = shl i64 %k, 2
  %row.p = getelementptr i64, ptr %rows, i64 %at
  %row = load i64, ptr %row.p
  %whole.p = getelementptr i64, ptr %row.p, i64 1
  %whole = call ptr @rt_place(ptr %whole.p, ptr %slots)
  %stride.p = getelementptr i64, ptr %row.p, i64 3
  %stride = load i64, ptr %stride.p
  %far = mul i64 %i, %stride
  %place = getelementptr i8, ptr %whole, i64 %far
  %to = getelementptr ptr, ptr %slots, i64 %row
  store ptr %place, ptr %to
  %k.next = add i64 %k, 1
  br label %head
out:
  ret void
}

; an integer of 1, 4 or 8 bytes
define internal i64 @rt_integer(ptr %place, i64 %bytes) {
  switch i64 %bytes, label %byte [ i64 4, label %word
                                   i64 8, label %long ]
byte:
  %b = load i8, ptr %place
  %b64 = zext i8 %b to i64
  ret i64 %b64
word:
  %w = load i32, ptr %place
  %w64 = sext i32 %w to i64
  ret i64 %w64
long:
  %l = load i64, ptr %place
  ret i64 %l
}

define internal i64 @rt_while(ptr %image, ptr %step, ptr %frame) {
entry:
  %slots = getelementptr i64, ptr %frame, i64 16
  %pred.p = getelementptr i64, ptr %step, i64 4
  %cond.p = getelementptr i64, ptr %step, i64 6
  %cond = load i64, ptr %cond.p
  %body.p = getelementptr i64, ptr %step, i64 7
  %body = load i64, ptr %body.p
  %end.p = getelementptr i64, ptr %step, i64 8
  %end = load i64, ptr %end.p
  %words.p = getelementptr i64, ptr %step, i64 9
  %words = load i64, ptr %words.p
  %homes.p = getelementptr i64, ptr %step, i64 10
  %homes = load i64, ptr %homes.p
  %moves = getelementptr i64, ptr %step, i64 11
  %home.list = getelementptr i64, ptr %moves, i64 %words
  br label %test
test:
  %s = call i64 @rt_walk(ptr %image, i64 %cond, i64 %body, ptr %frame)
  %s.bad = icmp ne i64 %s, 0
  br i1 %s.bad, label %fail, label %ask
ask:
  %pred = call ptr @rt_place(ptr %pred.p, ptr %slots)
  %value = load i8, ptr %pred
  %on = icmp ne i8 %value, 0
  br i1 %on, label %run, label %done
run:
  %t = call i64 @rt_walk(ptr %image, i64 %body, i64 %end, ptr %frame)
  %t.bad = icmp ne i64 %t, 0
  br i1 %t.bad, label %fail, label %move
move:
  call void @rt_move(ptr %moves, i64 %words, ptr %slots)
  br label %test
done:
  call void @rt_homes(ptr %home.list, i64 %homes, ptr %frame)
  ret i64 0
fail:
  %status = phi i64 [%s, %test], [%t, %run]
  ret i64 %status
}

define internal i64 @rt_loop(ptr %image, ptr %step, ptr %frame) {
entry:
  %slots = getelementptr i64, ptr %frame, i64 16
  %length.p = getelementptr i64, ptr %step, i64 4
  %length = load i64, ptr %length.p
  %reverse.p = getelementptr i64, ptr %step, i64 5
  %reverse = load i64, ptr %reverse.p
  %counter.p = getelementptr i64, ptr %step, i64 6
  %counter = load i64, ptr %counter.p
  %bytes.p = getelementptr i64, ptr %step, i64 8
  %bytes = load i64, ptr %bytes.p
  %nrows.p = getelementptr i64, ptr %step, i64 9
  %nrows = load i64, ptr %nrows.p
  %words.p = getelementptr i64, ptr %step, i64 10
  %words = load i64, ptr %words.p
  %homes.p = getelementptr i64, ptr %step, i64 11
  %homes = load i64, ptr %homes.p
  %body.p = getelementptr i64, ptr %step, i64 12
  %body = load i64, ptr %body.p
  %end.p = getelementptr i64, ptr %step, i64 13
  %end = load i64, ptr %end.p
  %rows = getelementptr i64, ptr %step, i64 14
  %rows.words = shl i64 %nrows, 2
  %moves = getelementptr i64, ptr %rows, i64 %rows.words
  %home.list = getelementptr i64, ptr %moves, i64 %words
  %backward = icmp ne i64 %reverse, 0
  %counts = icmp sge i64 %counter, 0
  %last = sub i64 %length, 1
  br label %head
head:
  %n = phi i64 [0, %entry], [%n.next, %move]
  %more = icmp slt i64 %n, %length
  br i1 %more, label %row, label %done
row:
  %mirror = sub i64 %last, %n
  %i = select i1 %backward, i64 %mirror, i64 %n
  call void @rt_rows(ptr %rows, i64 %nrows, i64 %i, ptr %slots)
  br i1 %counts, label %count, label %run
count:
  %to = call ptr @rt_place(ptr %counter.p, ptr %slots)
  %wide = icmp eq i64 %bytes, 8
  br i1 %wide, label %count8, label %count4
count8:
  store i64 %i, ptr %to
  br label %run
count4:
  %narrow = trunc i64 %i to i32
  store i32 %narrow, ptr %to
  br label %run
run:
  %s = call i64 @rt_walk(ptr %image, i64 %body, i64 %end, ptr %frame)
  %bad = icmp ne i64 %s, 0
  br i1 %bad, label %fail, label %move
move:
  call void @rt_move(ptr %moves, i64 %words, ptr %slots)
  %n.next = add i64 %n, 1
  br label %head
done:
  call void @rt_homes(ptr %home.list, i64 %homes, ptr %frame)
  ret i64 0
fail:
  ret i64 %s
}

; run the steps in [begin, end); 0, or the status of the step that failed
define internal i64 @rt_walk(ptr %image, i64 %begin, i64 %end, ptr %frame) {
entry:
  %slots = getelementptr i64, ptr %frame, i64 16
  %sofar.p = getelementptr i64, ptr %frame, i64 1
  %limit.p = getelementptr i64, ptr %frame, i64 2
  br label %next
next:
  %pc = phi i64 [%begin, %entry], [%after, %done]
  %more = icmp ult i64 %pc, %end
  br i1 %more, label %step, label %finished
finished:
  ret i64 0
step:
  %at = getelementptr i64, ptr %image, i64 %pc
  %word = load i64, ptr %at
  %after.p = getelementptr i64, ptr %at, i64 1
  %after = load i64, ptr %after.p
  %work.p = getelementptr i64, ptr %at, i64 3
  %work = load i64, ptr %work.p
  %sofar = load i64, ptr %sofar.p
  ; estimates may be far off: no step counts as less than 1.5 microseconds, so the clock is read every 70 steps
  %tiny = icmp slt i64 %work, 1500
  %floor = select i1 %tiny, i64 1500, i64 %work
  %total = add i64 %sofar, %floor
  store i64 %total, ptr %sofar.p
  %limit = load i64, ptr %limit.p
  %due = icmp sgt i64 %total, %limit
  br i1 %due, label %poll, label %go
poll:
  %polled = call i64 @rt_poll(ptr %frame)
  %stop = icmp ne i64 %polled, 0
  br i1 %stop, label %fail, label %go
go:
  %operands = getelementptr i64, ptr %at, i64 4
  switch i64 %word, label %unknown [ i64 0, label %launch
                                     i64 1, label %copy
                                     i64 2, label %fill
                                     i64 3, label %host
                                     i64 4, label %while
                                     i64 5, label %branch
                                     i64 6, label %loop ]
unknown:
  br label %fail
launch:
  %lists.p = getelementptr i64, ptr %frame, i64 7
  %list = load ptr, ptr %lists.p
  %nbufs.p = getelementptr i64, ptr %at, i64 8
  %nbufs = load i64, ptr %nbufs.p
  %pairs = getelementptr i64, ptr %at, i64 12
  call void @rt_places(ptr %pairs, i64 %nbufs, ptr %slots, ptr %list)
  %pairs.words = shl i64 %nbufs, 1
  %ctx = getelementptr i64, ptr %pairs, i64 %pairs.words
  %s.launch = call i64 @rt_launch(ptr %at, ptr %list, ptr %ctx, ptr %frame)
  br label %check
copy:
  %dst = call ptr @rt_place(ptr %operands, ptr %slots)
  %src.p = getelementptr i64, ptr %at, i64 6
  %src = call ptr @rt_place(ptr %src.p, ptr %slots)
  %copied.p = getelementptr i64, ptr %at, i64 8
  %copied = load i64, ptr %copied.p
  %moved = call ptr @memmove(ptr %dst, ptr %src, i64 %copied)
  br label %done
fill:
  %filled = call ptr @rt_place(ptr %operands, ptr %slots)
  %fill.bytes.p = getelementptr i64, ptr %at, i64 6
  %fill.bytes = load i64, ptr %fill.bytes.p
  %fill.with.p = getelementptr i64, ptr %at, i64 7
  %fill.with = load i64, ptr %fill.with.p
  %fill.byte = trunc i64 %fill.with to i32
  %set = call ptr @memset(ptr %filled, i32 %fill.byte, i64 %fill.bytes)
  br label %done
host:
  %id = load i64, ptr %operands
  %host.nbufs.p = getelementptr i64, ptr %at, i64 5
  %host.nbufs = load i64, ptr %host.nbufs.p
  %host.nctx.p = getelementptr i64, ptr %at, i64 6
  %host.nctx = load i64, ptr %host.nctx.p
  %host.pairs = getelementptr i64, ptr %at, i64 7
  %host.lists.p = getelementptr i64, ptr %frame, i64 7
  %host.list = load ptr, ptr %host.lists.p
  call void @rt_places(ptr %host.pairs, i64 %host.nbufs, ptr %slots, ptr %host.list)
  %host.words = shl i64 %host.nbufs, 1
  %host.ctx = getelementptr i64, ptr %host.pairs, i64 %host.words
  %host.fn = load ptr, ptr @rt_host
  %s.host = call i64 %host.fn(i64 %id, ptr %host.list, i64 %host.nbufs, ptr %host.ctx, i64 %host.nctx)
  br label %check
while:
  %s.while = call i64 @rt_while(ptr %image, ptr %at, ptr %frame)
  br label %inner
branch:
  %index.at = call ptr @rt_place(ptr %operands, ptr %slots)
  %index.bytes.p = getelementptr i64, ptr %at, i64 6
  %index.bytes = load i64, ptr %index.bytes.p
  %index.raw = call i64 @rt_integer(ptr %index.at, i64 %index.bytes)
  %count.p = getelementptr i64, ptr %at, i64 7
  %count = load i64, ptr %count.p
  %top = sub i64 %count, 1
  %low = icmp slt i64 %index.raw, 0
  %index.low = select i1 %low, i64 0, i64 %index.raw
  %high = icmp sgt i64 %index.low, %top
  %index = select i1 %high, i64 %top, i64 %index.low
  %range = getelementptr i64, ptr %at, i64 8
  %twice = shl i64 %index, 1
  %from.p = getelementptr i64, ptr %range, i64 %twice
  %from = load i64, ptr %from.p
  %to.p = getelementptr i64, ptr %from.p, i64 1
  %to = load i64, ptr %to.p
  %s.branch = call i64 @rt_walk(ptr %image, i64 %from, i64 %to, ptr %frame)
  br label %inner
loop:
  %s.loop = call i64 @rt_loop(ptr %image, ptr %at, ptr %frame)
  br label %inner
inner:
  %s.inner = phi i64 [%s.while, %while], [%s.branch, %branch], [%s.loop, %loop]
  %inner.bad = icmp ne i64 %s.inner, 0
  br i1 %inner.bad, label %out, label %done
check:
  %s = phi i64 [%s.launch, %launch], [%s.host, %host]
  %bad = icmp ne i64 %s, 0
  br i1 %bad, label %fail, label %done
done:
  br label %next
fail:
  %why = phi i64 [%polled, %poll], [-3, %unknown], [%s, %check]
  %number.p = getelementptr i64, ptr %at, i64 2
  %number = load i64, ptr %number.p
  %failed.p = getelementptr i64, ptr %frame, i64 5
  store i64 %number, ptr %failed.p
  ret i64 %why
out:
  ret i64 %s.inner
}

; fill the rest of a frame whose first slots (inputs, outputs) are set, and run
define internal i64 @rt_main(ptr %image, ptr %frame, ptr %outside) {
entry:
  %inside.p = getelementptr i64, ptr %image, i64 10
  %inside = load i64, ptr %inside.p
  %within = getelementptr i64, ptr %frame, i64 %inside
  %apart = icmp eq i64 %inside, 0
  %arena = select i1 %apart, ptr %outside, ptr %within
  %nin = load i64, ptr %image
  %nout.p = getelementptr i64, ptr %image, i64 1
  %nout = load i64, ptr %nout.p
  %ntemps.p = getelementptr i64, ptr %image, i64 2
  %ntemps = load i64, ptr %ntemps.p
  %nothers.p = getelementptr i64, ptr %image, i64 3
  %nothers = load i64, ptr %nothers.p
  %stride.p = getelementptr i64, ptr %image, i64 5
  %stride = load i64, ptr %stride.p
  %threads.p = getelementptr i64, ptr %image, i64 6
  %threads = load i64, ptr %threads.p
  %slots = getelementptr i64, ptr %frame, i64 16
  %given = add i64 %nin, %nout
  %temps = getelementptr ptr, ptr %slots, i64 %given
  %others = getelementptr ptr, ptr %temps, i64 %ntemps
  %homes = getelementptr ptr, ptr %others, i64 %nothers
  %lists = getelementptr ptr, ptr %homes, i64 %nout
  store ptr null, ptr %frame
  %f1 = getelementptr i64, ptr %frame, i64 1
  store i64 0, ptr %f1
  %f2 = getelementptr i64, ptr %frame, i64 2
  store i64 20000, ptr %f2
  %f5 = getelementptr i64, ptr %frame, i64 5
  store i64 0, ptr %f5
  %f7 = getelementptr i64, ptr %frame, i64 7
  store ptr %lists, ptr %f7
  %f8 = getelementptr i64, ptr %frame, i64 8
  store ptr %homes, ptr %f8
  %f9 = getelementptr i64, ptr %frame, i64 9
  store i64 %stride, ptr %f9
  %f10 = getelementptr i64, ptr %frame, i64 10
  store i64 %threads, ptr %f10
  %offsets = getelementptr i64, ptr %image, i64 12
  br label %temp
temp:
  %t = phi i64 [0, %entry], [%t.next, %temp.body]
  %t.more = icmp ult i64 %t, %ntemps
  br i1 %t.more, label %temp.body, label %other
temp.body:
  %offset.p = getelementptr i64, ptr %offsets, i64 %t
  %offset = load i64, ptr %offset.p
  %place = getelementptr i8, ptr %arena, i64 %offset
  %temp.to = getelementptr ptr, ptr %temps, i64 %t
  store ptr %place, ptr %temp.to
  %t.next = add i64 %t, 1
  br label %temp
other:
  %o = phi i64 [0, %temp], [%o.next, %other.body]
  %o.more = icmp ult i64 %o, %nothers
  br i1 %o.more, label %other.body, label %home
other.body:
  %o.index = add i64 %o, %ntemps
  %value.p = getelementptr ptr, ptr %offsets, i64 %o.index
  %value = load ptr, ptr %value.p
  %other.to = getelementptr ptr, ptr %others, i64 %o
  store ptr %value, ptr %other.to
  %o.next = add i64 %o, 1
  br label %other
home:
  %h = phi i64 [0, %other], [%h.next, %home.body]
  %h.more = icmp ult i64 %h, %nout
  br i1 %h.more, label %home.body, label %run
home.body:
  %h.index = add i64 %nin, %h
  %h.from = getelementptr ptr, ptr %slots, i64 %h.index
  %h.value = load ptr, ptr %h.from
  %h.to = getelementptr ptr, ptr %homes, i64 %h
  store ptr %h.value, ptr %h.to
  %h.next = add i64 %h, 1
  br label %home
run:
  %begin.p = getelementptr i64, ptr %image, i64 8
  %begin = load i64, ptr %begin.p
  %end.p = getelementptr i64, ptr %image, i64 9
  %end = load i64, ptr %end.p
  %floats = call i32 @rt_floats_set()
  %status = call i64 @rt_walk(ptr %image, i64 %begin, i64 %end, ptr %frame)
  call void @rt_floats_restore(i32 %floats)
  %state = load ptr, ptr %frame
  %held = icmp eq ptr %state, null
  br i1 %held, label %report, label %take
take:
  call void @PyEval_RestoreThread(ptr %state)
  br label %report
report:
  %fine = icmp eq i64 %status, 0
  br i1 %fine, label %good, label %failed
good:
  ret i64 0
failed:
  %raised = icmp eq i64 %status, -1
  br i1 %raised, label %python, label %told
python:
  ret i64 -1
told:
  ; number of the step in the upper half, status in the lower
  %number = load i64, ptr %f5
  %upper = shl i64 %number, 32
  %lower = and i64 %status, 4294967295
  %both = or i64 %upper, %lower
  ret i64 %both
}

; entry for ctypes, called with the GIL: %given are the inputs and outputs
define i64 @rt_run(ptr %image, ptr %arena, ptr %given) {
entry:
  %words.p = getelementptr i64, ptr %image, i64 4
  %words = load i64, ptr %words.p
  %frame = alloca i64, i64 %words, align 64
  %nin = load i64, ptr %image
  %nout.p = getelementptr i64, ptr %image, i64 1
  %nout = load i64, ptr %nout.p
  %count = add i64 %nin, %nout
  %bytes = shl i64 %count, 3
  %slots = getelementptr i64, ptr %frame, i64 16
  %moved = call ptr @memmove(ptr %slots, ptr %given, i64 %bytes)
  %status = call i64 @rt_main(ptr %image, ptr %frame, ptr %arena)
  ret i64 %status
}
