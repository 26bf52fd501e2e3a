; The memory of arrays, and the short way into a program: a METH_FASTCALL function of CPython that takes and gives
; Arrays. All of it runs with the GIL held, so no list needs a lock; only exported functions of the stable ABI are used.
;
; rt_memory: 0 live bytes, 1 most live bytes, 2 live blocks, 3 below so many live bytes too much is kept, 4 whether Python
;            has been asked to shrink, 8.. four words a size class: free blocks, bytes of one, lent blocks, unused.
;            The first word of a block that nobody uses is the address of the next.
; rt_types:  0 type of Blocks, 1 type of Arrays, 2.. where an Array keeps form, buffer, _ptr, _view, 6 asks to shrink
; Block:     object head, address, size class
; record:    0 image, 1 arguments, 2 results, 3 size class of the arena or 0, 4 of the workspace or 0, 5 unused,
;            6.. Forms of the arguments, then of each result Form, size class and the argument whose memory it takes
;            where nobody else holds that, or -1

declare ptr @PyType_GenericAlloc(ptr, i64)
declare void @PyObject_Free(ptr)
declare void @Py_DecRef(ptr)
declare ptr @PyLong_FromVoidPtr(ptr)
declare i64 @PyLong_AsLongLong(ptr)
declare ptr @PyList_New(i64)
declare i32 @PyList_SetItem(ptr, i64, ptr)
declare i32 @Py_AddPendingCall(ptr, ptr)

@rt_memory = global [{words} x i64] zeroinitializer, align 64
@rt_types = global [8 x ptr] zeroinitializer, align 64

define internal ptr @rt_shelf(i64 %index) alwaysinline {
  %four = shl i64 %index, 2
  %word = add i64 %four, 8
  %shelf = getelementptr i64, ptr @rt_memory, i64 %word
  ret ptr %shelf
}

; take a free block of a size class, or null
define internal ptr @rt_pop(i64 %index) {
entry:
  %shelf = call ptr @rt_shelf(i64 %index)
  %block = load ptr, ptr %shelf
  %none = icmp eq ptr %block, null
  br i1 %none, label %out, label %found
found:
  %next = load ptr, ptr %block
  store ptr %next, ptr %shelf
  %size.p = getelementptr i64, ptr %shelf, i64 1
  %size = load i64, ptr %size.p
  %was = load i64, ptr @rt_memory
  %live = add i64 %was, %size
  store i64 %live, ptr @rt_memory
  %most.p = getelementptr i64, ptr @rt_memory, i64 1
  %most = load i64, ptr %most.p
  %more = icmp sgt i64 %live, %most
  %peak = select i1 %more, i64 %live, i64 %most
  store i64 %peak, ptr %most.p
  %count.p = getelementptr i64, ptr @rt_memory, i64 2
  %count = load i64, ptr %count.p
  %count.next = add i64 %count, 1
  store i64 %count.next, ptr %count.p
  br label %out
out:
  ret ptr %block
}

; put a block back that was popped
define internal void @rt_push(i64 %index, ptr %block) {
entry:
  %shelf = call ptr @rt_shelf(i64 %index)
  %next = load ptr, ptr %shelf
  store ptr %next, ptr %block
  store ptr %block, ptr %shelf
  %size.p = getelementptr i64, ptr %shelf, i64 1
  %size = load i64, ptr %size.p
  %was = load i64, ptr @rt_memory
  %live = sub i64 %was, %size
  store i64 %live, ptr @rt_memory
  %count.p = getelementptr i64, ptr @rt_memory, i64 2
  %count = load i64, ptr %count.p
  %count.next = sub i64 %count, 1
  store i64 %count.next, ptr %count.p
  %floor.p = getelementptr i64, ptr @rt_memory, i64 3
  %floor = load i64, ptr %floor.p
  %low = icmp slt i64 %live, %floor
  br i1 %low, label %shrink, label %out
shrink:
  ; Python does it at its next quiet moment: a destructor is no place to run its code
  %asked.p = getelementptr i64, ptr @rt_memory, i64 4
  %asked = load i64, ptr %asked.p
  %again = icmp ne i64 %asked, 0
  br i1 %again, label %out, label %ask
ask:
  %hook.p = getelementptr ptr, ptr @rt_types, i64 6
  %hook = load ptr, ptr %hook.p
  %full = call i32 @Py_AddPendingCall(ptr %hook, ptr null)
  %noted = icmp eq i32 %full, 0
  %flag = zext i1 %noted to i64
  store i64 %flag, ptr %asked.p
  br label %out
out:
  ret void
}

; memory to work in is counted once, as live, and stays: lent to one call after the other
define ptr @rt_borrow(i64 %index) {
entry:
  %shelf = call ptr @rt_shelf(i64 %index)
  %head = getelementptr i64, ptr %shelf, i64 2
  %block = load ptr, ptr %head
  %none = icmp eq ptr %block, null
  br i1 %none, label %out, label %found
found:
  %next = load ptr, ptr %block
  store ptr %next, ptr %head
  br label %out
out:
  ret ptr %block
}

define void @rt_return(i64 %index, ptr %block) {
  %shelf = call ptr @rt_shelf(i64 %index)
  %head = getelementptr i64, ptr %shelf, i64 2
  %next = load ptr, ptr %head
  store ptr %next, ptr %block
  store ptr %block, ptr %head
  ret void
}

; fresh memory for a size class, and memory to give back to the system: neither is live
define void @rt_stock(i64 %index, ptr %block) {
  %shelf = call ptr @rt_shelf(i64 %index)
  %next = load ptr, ptr %shelf
  store ptr %next, ptr %block
  store ptr %block, ptr %shelf
  ret void
}

define ptr @rt_strip(i64 %index) {
entry:
  %shelf = call ptr @rt_shelf(i64 %index)
  %block = load ptr, ptr %shelf
  %none = icmp eq ptr %block, null
  br i1 %none, label %out, label %found
found:
  %next = load ptr, ptr %block
  store ptr %next, ptr %shelf
  br label %out
out:
  ret ptr %block
}

; a new Block; null without an exception where its size class has none free
define internal ptr @rt_block(i64 %index) {
entry:
  %memory = call ptr @rt_pop(i64 %index)
  %none = icmp eq ptr %memory, null
  br i1 %none, label %empty, label %make
make:
  %type = load ptr, ptr @rt_types
  %block = call ptr @PyType_GenericAlloc(ptr %type, i64 0)
  %failed = icmp eq ptr %block, null
  br i1 %failed, label %back, label %fill
back:
  call void @rt_push(i64 %index, ptr %memory)
  br label %empty
empty:
  ret ptr null
fill:
  %memory.p = getelementptr i8, ptr %block, i64 {head}
  store ptr %memory, ptr %memory.p
  %index.p = getelementptr i8, ptr %memory.p, i64 8
  store i64 %index, ptr %index.p
  ret ptr %block
}

; tp_dealloc of Blocks
define void @rt_block_gone(ptr %block) {
entry:
  %memory.p = getelementptr i8, ptr %block, i64 {head}
  %memory = load ptr, ptr %memory.p
  %index.p = getelementptr i8, ptr %memory.p, i64 8
  %index = load i64, ptr %index.p
  %none = icmp eq ptr %memory, null
  br i1 %none, label %free, label %push
push:
  call void @rt_push(i64 %index, ptr %memory)
  br label %free
free:
  %type.p = getelementptr i8, ptr %block, i64 {type}
  %type = load ptr, ptr %type.p
  call void @PyObject_Free(ptr %block)
  call void @Py_DecRef(ptr %type)
  ret void
}

; METH_O: a Block of a size class, or None
define ptr @rt_take(ptr %self, ptr %index.o) {
entry:
  %index = call i64 @PyLong_AsLongLong(ptr %index.o)
  %block = call ptr @rt_block(i64 %index)
  %none = icmp eq ptr %block, null
  br i1 %none, label %empty, label %out
empty:
  %error = call ptr @PyErr_Occurred()
  %bad = icmp ne ptr %error, null
  br i1 %bad, label %out, label %nothing
nothing:
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  br label %out
out:
  %result = phi ptr [%block, %entry], [null, %empty], [@_Py_NoneStruct, %nothing]
  ret ptr %result
}

; an Array over a new Block of a size class; null as rt_block
define internal ptr @rt_array(ptr %form, i64 %index, ptr %address) {
entry:
  %block = call ptr @rt_block(i64 %index)
  %none = icmp eq ptr %block, null
  br i1 %none, label %nothing, label %over
nothing:
  ret ptr null
over:
  %memory.p = getelementptr i8, ptr %block, i64 {head}
  %memory = load ptr, ptr %memory.p
  store ptr %memory, ptr %address
  %array = call ptr @rt_over(ptr %form, ptr %block, ptr %memory)
  ret ptr %array
}

; an Array over memory that an object holds, which it takes over; null with an exception
define internal ptr @rt_over(ptr %form, ptr %holder, ptr %memory) {
entry:
  %ptr = call ptr @PyLong_FromVoidPtr(ptr %memory)
  %no.ptr = icmp eq ptr %ptr, null
  br i1 %no.ptr, label %drop, label %object
object:
  %type.p = getelementptr ptr, ptr @rt_types, i64 1
  %type = load ptr, ptr %type.p
  %array = call ptr @PyType_GenericAlloc(ptr %type, i64 0)
  %no.array = icmp eq ptr %array, null
  br i1 %no.array, label %drop.ptr, label %fill
fill:
  call void @Py_IncRef(ptr %form)
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  call void @rt_set(ptr %array, i64 2, ptr %form)
  call void @rt_set(ptr %array, i64 3, ptr %holder)
  call void @rt_set(ptr %array, i64 4, ptr %ptr)
  call void @rt_set(ptr %array, i64 5, ptr @_Py_NoneStruct)
  ret ptr %array
drop.ptr:
  call void @Py_DecRef(ptr %ptr)
  br label %drop
drop:
  call void @Py_DecRef(ptr %holder)
  ret ptr null
}

; whether the memory of an argument is its own alone: one reference is the argument's, one that of the list of what is
; held
define internal i1 @rt_sole(ptr %args, i64 %nargs, i64 %which, ptr %held) {
entry:
  %even = shl i64 %which, 1
  %buffer.p = getelementptr ptr, ptr %held, i64 %even
  %buffer = load ptr, ptr %buffer.p
  %view.p = getelementptr ptr, ptr %buffer.p, i64 1
  %view = load ptr, ptr %view.p
  %arg.p = getelementptr ptr, ptr %args, i64 %which
  %arg = load ptr, ptr %arg.p
  %count.p = getelementptr i8, ptr %buffer, i64 {count}
  %count = load i32, ptr %count.p
  %two = icmp eq i32 %count, 2
  %unseen = icmp eq ptr %view, @_Py_NoneStruct
  %both = and i1 %two, %unseen
  br i1 %both, label %head, label %no
head:
  ; the same array may be there twice
  %k = phi i64 [0, %entry], [%k.next, %next]
  %more = icmp ult i64 %k, %nargs
  br i1 %more, label %body, label %yes
body:
  %other.p = getelementptr ptr, ptr %args, i64 %k
  %other = load ptr, ptr %other.p
  %same = icmp eq ptr %other, %arg
  %itself = icmp eq i64 %k, %which
  %differs = xor i1 %same, %itself
  br i1 %differs, label %no, label %next
next:
  %k.next = add i64 %k, 1
  br label %head
yes:
  ret i1 true
no:
  ret i1 false
}

; an argument whose memory was taken has none any more
define internal void @rt_forget(ptr %args, ptr %took, i64 %count) {
entry:
  br label %head
head:
  %j = phi i64 [0, %entry], [%j.next, %next]
  %more = icmp ult i64 %j, %count
  br i1 %more, label %body, label %out
body:
  %which.p = getelementptr i64, ptr %took, i64 %j
  %which = load i64, ptr %which.p
  %taken = icmp sge i64 %which, 0
  br i1 %taken, label %forget, label %next
forget:
  %arg.p = getelementptr ptr, ptr %args, i64 %which
  %arg = load ptr, ptr %arg.p
  call void @rt_clear(ptr %arg, i64 3)
  call void @rt_clear(ptr %arg, i64 4)
  br label %next
next:
  %j.next = add i64 %j, 1
  br label %head
out:
  ret void
}

define internal void @rt_clear(ptr %array, i64 %which) {
  %slot = call ptr @rt_slot(ptr %array, i64 %which)
  %old = load ptr, ptr %slot
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  store ptr @_Py_NoneStruct, ptr %slot
  call void @Py_DecRef(ptr %old)
  ret void
}

; the place of an Array's slot
define internal ptr @rt_slot(ptr %array, i64 %which) alwaysinline {
  %offset.p = getelementptr i64, ptr @rt_types, i64 %which
  %offset = load i64, ptr %offset.p
  %slot = getelementptr i8, ptr %array, i64 %offset
  ret ptr %slot
}

define internal void @rt_set(ptr %array, i64 %which, ptr %value) alwaysinline {
  %slot = call ptr @rt_slot(ptr %array, i64 %which)
  store ptr %value, ptr %slot
  ret void
}

define internal void @rt_drop(ptr %list, i64 %count) {
entry:
  br label %head
head:
  %k = phi i64 [0, %entry], [%k.next, %body]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %body, label %out
body:
  %at = getelementptr ptr, ptr %list, i64 %k
  %object = load ptr, ptr %at
  call void @Py_DecRef(ptr %object)
  %k.next = add i64 %k, 1
  br label %head
out:
  ret void
}

; METH_FASTCALL: run a program on Arrays. Its one result or a list of them; None where the arguments are not what the
; record says or memory must be fetched, so that Python does it; an integer for a step that failed; or an exception.
define ptr @rt_arrays(ptr %self, ptr %args, i64 %nargs) {
entry:
  %record = call ptr @PyLong_AsVoidPtr(ptr %self)
  %image = load ptr, ptr %record
  %nin.p = getelementptr i64, ptr %record, i64 1
  %nin = load i64, ptr %nin.p
  %nout.p = getelementptr i64, ptr %record, i64 2
  %nout = load i64, ptr %nout.p
  %arena.index.p = getelementptr i64, ptr %record, i64 3
  %arena.index = load i64, ptr %arena.index.p
  %work.index.p = getelementptr i64, ptr %record, i64 4
  %work.index = load i64, ptr %work.index.p
  %forms = getelementptr ptr, ptr %record, i64 6
  %results = getelementptr ptr, ptr %forms, i64 %nin
  %has.arena = icmp ne i64 %arena.index, 0
  %has.work = icmp ne i64 %work.index, 0
  %type.p = getelementptr ptr, ptr @rt_types, i64 1
  %type = load ptr, ptr %type.p
  %right = icmp eq i64 %nin, %nargs
  br i1 %right, label %open, label %none
open:
  %words.p = getelementptr i64, ptr %image, i64 4
  %words = load i64, ptr %words.p
  %frame = alloca i64, i64 %words, align 64
  %slots = getelementptr ptr, ptr %frame, i64 16
  %twice = shl i64 %nin, 1
  %held = alloca ptr, i64 %twice
  %outs = alloca ptr, i64 %nout
  %took = alloca i64, i64 %nout
  br label %check
check:
  %k = phi i64 [0, %open], [%k.next, %fits]
  %more = icmp ult i64 %k, %nin
  br i1 %more, label %look, label %hold
look:
  %arg.p = getelementptr ptr, ptr %args, i64 %k
  %arg = load ptr, ptr %arg.p
  %arg.type.p = getelementptr i8, ptr %arg, i64 {type}
  %arg.type = load ptr, ptr %arg.type.p
  %is.array = icmp eq ptr %arg.type, %type
  br i1 %is.array, label %form, label %none
form:
  %arg.form.p = call ptr @rt_slot(ptr %arg, i64 2)
  %arg.form = load ptr, ptr %arg.form.p
  %wanted.p = getelementptr ptr, ptr %forms, i64 %k
  %wanted = load ptr, ptr %wanted.p
  %same = icmp eq ptr %arg.form, %wanted
  %pointer.p = call ptr @rt_slot(ptr %arg, i64 4)
  %pointer.o = load ptr, ptr %pointer.p
  %known = icmp ne ptr %pointer.o, @_Py_NoneStruct
  %both = and i1 %same, %known
  br i1 %both, label %fits, label %none
fits:
  %pointer = call ptr @PyLong_AsVoidPtr(ptr %pointer.o)
  %slot = getelementptr ptr, ptr %slots, i64 %k
  store ptr %pointer, ptr %slot
  %buffer.p = call ptr @rt_slot(ptr %arg, i64 3)
  %buffer = load ptr, ptr %buffer.p
  %view.p = call ptr @rt_slot(ptr %arg, i64 5)
  %view = load ptr, ptr %view.p
  %even = shl i64 %k, 1
  %held.buffer = getelementptr ptr, ptr %held, i64 %even
  store ptr %buffer, ptr %held.buffer
  %held.view = getelementptr ptr, ptr %held.buffer, i64 1
  store ptr %view, ptr %held.view
  %k.next = add i64 %k, 1
  br label %check
hold:
  ; another thread may delete an argument while the GIL is released: its memory stays until we are done
  %h = phi i64 [0, %check], [%h.next, %keep]
  %h.more = icmp ult i64 %h, %twice
  br i1 %h.more, label %keep, label %work
keep:
  %h.p = getelementptr ptr, ptr %held, i64 %h
  %h.o = load ptr, ptr %h.p
  call void @Py_IncRef(ptr %h.o)
  %h.next = add i64 %h, 1
  br label %hold
work:
  %work.slot = getelementptr ptr, ptr %slots, i64 %nin
  br i1 %has.work, label %borrow, label %arena
borrow:
  %lent = call ptr @rt_borrow(i64 %work.index)
  store ptr %lent, ptr %work.slot
  %no.work = icmp eq ptr %lent, null
  br i1 %no.work, label %unhold, label %arena
arena:
  %work.memory = phi ptr [null, %work], [%lent, %borrow]
  br i1 %has.arena, label %fetch, label %outputs
fetch:
  %fetched = call ptr @rt_pop(i64 %arena.index)
  %no.arena = icmp eq ptr %fetched, null
  br i1 %no.arena, label %unwork, label %outputs
outputs:
  %arena.memory = phi ptr [null, %arena], [%fetched, %fetch]
  %extra = zext i1 %has.work to i64
  %out.slots = getelementptr ptr, ptr %work.slot, i64 %extra
  br label %make
make:
  %j = phi i64 [0, %outputs], [%j.next, %made]
  %j.more = icmp ult i64 %j, %nout
  br i1 %j.more, label %one, label %run
one:
  %triple = mul i64 %j, 3
  %result.form.p = getelementptr ptr, ptr %results, i64 %triple
  %result.form = load ptr, ptr %result.form.p
  %result.index.p = getelementptr i64, ptr %result.form.p, i64 1
  %result.index = load i64, ptr %result.index.p
  %out.slot = getelementptr ptr, ptr %out.slots, i64 %j
  %took.p = getelementptr i64, ptr %took, i64 %j
  store i64 -1, ptr %took.p
  %giver.p = getelementptr i64, ptr %result.form.p, i64 2
  %giver = load i64, ptr %giver.p
  %offered = icmp sge i64 %giver, 0
  br i1 %offered, label %ask, label %new
ask:
  %sole = call i1 @rt_sole(ptr %args, i64 %nin, i64 %giver, ptr %held)
  br i1 %sole, label %take, label %new
take:
  %giver.even = shl i64 %giver, 1
  %holder.p = getelementptr ptr, ptr %held, i64 %giver.even
  %holder = load ptr, ptr %holder.p
  %giver.slot = getelementptr ptr, ptr %slots, i64 %giver
  %given = load ptr, ptr %giver.slot
  store ptr %given, ptr %out.slot
  call void @Py_IncRef(ptr %holder)
  store i64 %giver, ptr %took.p
  %array.over = call ptr @rt_over(ptr %result.form, ptr %holder, ptr %given)
  br label %look.at
new:
  %array.new = call ptr @rt_array(ptr %result.form, i64 %result.index, ptr %out.slot)
  br label %look.at
look.at:
  %array = phi ptr [%array.over, %take], [%array.new, %new]
  %no.array = icmp eq ptr %array, null
  br i1 %no.array, label %unmake, label %made
made:
  %out.p = getelementptr ptr, ptr %outs, i64 %j
  store ptr %array, ptr %out.p
  %j.next = add i64 %j, 1
  br label %make
run:
  %status = call i64 @rt_main(ptr %image, ptr %frame, ptr %arena.memory)
  ; overwritten, be it by half
  call void @rt_forget(ptr %args, ptr %took, i64 %nout)
  %bad = icmp ne i64 %status, 0
  br i1 %bad, label %unmake, label %close
unmake:
  ; 0: nothing ran
  %why = phi i64 [0, %look.at], [%status, %run]
  call void @rt_drop(ptr %outs, i64 %j)
  br label %close
close:
  %end = phi i64 [-2, %run], [%why, %unmake]
  br i1 %has.arena, label %unfetch, label %unwork
unfetch:
  call void @rt_push(i64 %arena.index, ptr %arena.memory)
  br label %unwork
unwork:
  %end.work = phi i64 [%end, %close], [%end, %unfetch], [0, %fetch]
  %work.again = phi ptr [%work.memory, %close], [%work.memory, %unfetch], [%work.memory, %fetch]
  br i1 %has.work, label %return, label %unhold
return:
  call void @rt_return(i64 %work.index, ptr %work.again)
  br label %unhold
unhold:
  %end.held = phi i64 [%end.work, %unwork], [%end.work, %return], [0, %borrow]
  call void @rt_drop(ptr %held, i64 %twice)
  switch i64 %end.held, label %number [ i64 -2, label %give
                                        i64 0, label %undone
                                        i64 -1, label %raise ]
number:
  %told = call ptr @PyLong_FromLongLong(i64 %end.held)
  ret ptr %told
undone:
  %error = call ptr @PyErr_Occurred()
  %raised = icmp ne ptr %error, null
  br i1 %raised, label %raise, label %none
raise:
  ret ptr null
none:
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
give:
  %single = icmp eq i64 %nout, 1
  br i1 %single, label %alone, label %several
alone:
  %only = load ptr, ptr %outs
  ret ptr %only
several:
  %list = call ptr @PyList_New(i64 %nout)
  %no.list = icmp eq ptr %list, null
  br i1 %no.list, label %lost, label %put
lost:
  call void @rt_drop(ptr %outs, i64 %nout)
  ret ptr null
put:
  %p = phi i64 [0, %several], [%p.next, %putting]
  %p.more = icmp ult i64 %p, %nout
  br i1 %p.more, label %putting, label %done
putting:
  %p.p = getelementptr ptr, ptr %outs, i64 %p
  %p.o = load ptr, ptr %p.p
  %ignored = call i32 @PyList_SetItem(ptr %list, i64 %p, ptr %p.o)
  %p.next = add i64 %p, 1
  br label %put
done:
  ret ptr %list
}
