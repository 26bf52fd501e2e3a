; A METH_FASTCALL function of CPython that runs a program: call(arena, inputs..., outputs...), all integers.
; `self` is an integer too: the address of the program's image. None on success, a number for a failed step, or an
; exception. Only functions of the stable ABI are used.

declare ptr @PyLong_AsVoidPtr(ptr)
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyErr_Occurred()
declare void @PyErr_SetString(ptr, ptr)
declare void @Py_IncRef(ptr)
@_Py_NoneStruct = external global i8
@PyExc_TypeError = external global ptr
@rt_wrong_count = private constant [44 x i8] c"this program takes another number of arrays\00"

define ptr @rt_call(ptr %self, ptr %args, i64 %nargs) {
entry:
  %image = call ptr @PyLong_AsVoidPtr(ptr %self)
  %nin = load i64, ptr %image
  %nout.p = getelementptr i64, ptr %image, i64 1
  %nout = load i64, ptr %nout.p
  %count = add i64 %nin, %nout
  %with.arena = add i64 %count, 1
  %right = icmp eq i64 %with.arena, %nargs
  br i1 %right, label %open, label %wrong
wrong:
  %type = load ptr, ptr @PyExc_TypeError
  call void @PyErr_SetString(ptr %type, ptr @rt_wrong_count)
  ret ptr null
open:
  %words.p = getelementptr i64, ptr %image, i64 4
  %words = load i64, ptr %words.p
  %frame = alloca i64, i64 %words, align 64
  ; the arena's address waits one word before the slots
  %first = getelementptr i64, ptr %frame, i64 15
  br label %head
head:
  %k = phi i64 [0, %open], [%k.next, %body]
  %more = icmp ult i64 %k, %nargs
  br i1 %more, label %body, label %check
body:
  %arg.p = getelementptr ptr, ptr %args, i64 %k
  %arg = load ptr, ptr %arg.p
  %value = call ptr @PyLong_AsVoidPtr(ptr %arg)
  %to = getelementptr ptr, ptr %first, i64 %k
  store ptr %value, ptr %to
  %k.next = add i64 %k, 1
  br label %head
check:
  %error = call ptr @PyErr_Occurred()
  %bad = icmp ne ptr %error, null
  br i1 %bad, label %raise, label %run
run:
  %arena = load ptr, ptr %first
  %status = call i64 @rt_main(ptr %image, ptr %frame, ptr %arena)
  switch i64 %status, label %number [ i64 0, label %none
                                      i64 -1, label %raise ]
none:
  call void @Py_IncRef(ptr @_Py_NoneStruct)
  ret ptr @_Py_NoneStruct
number:
  %result = call ptr @PyLong_FromLongLong(i64 %status)
  ret ptr %result
raise:
  ret ptr null
}
