; wide
define i64 @k_831e4f7b11af5ccb1c72e4fa9d74cbd7(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v1 = getelementptr i64, ptr %ctx, i64 0
%v2 = load i64, ptr %v1, align 8
%v3 = mul i64 %begin, 32
%v4 = mul i64 %end, 32
%v5 = icmp slt i64 %v4, %v2
%v6 = select i1 %v5, i64 %v4, i64 %v2
%v7 = sub i64 %v6, %v3
%v8 = and i64 %v7, -32
%v9 = add i64 %v3, %v8
%v11 = getelementptr i64, ptr %ctx, i64 1
%v12 = load float, ptr %v11, align 8
%v13 = getelementptr ptr, ptr %bufs, i64 0
%v14 = load ptr, ptr %v13, align 8
%v17 = insertelement <32 x float> poison, float %v12, i64 0
%v18 = shufflevector <32 x float> %v17, <32 x float> poison, <32 x i32> zeroinitializer
%v21 = getelementptr ptr, ptr %bufs, i64 1
%v22 = load ptr, ptr %v21, align 8
%v26 = icmp slt i64 %v3, %v9
br i1 %v26, label %L10, label %E10
L10:
%i10 = phi i64 [%v3, %entry], [%v24, %L10]
%v15 = getelementptr float, ptr %v14, i64 %i10
%v16 = load <32 x float>, ptr %v15, align 4
%v19 = fmul <32 x float> %v16, %v18
%v20 = fadd <32 x float> %v19, splat (float 0x3FE0000000000000)
%v23 = getelementptr float, ptr %v22, i64 %i10
store <32 x float> %v20, ptr %v23, align 4
%v24 = add nsw i64 %i10, 32
%v25 = icmp slt i64 %v24, %v9
br i1 %v25, label %L10, label %E10
E10:
%v38 = icmp slt i64 %v9, %v6
br i1 %v38, label %T27, label %E27
T27:
%v28 = sub i64 %v6, %v9
%v29 = trunc i64 %v28 to i32
%v30 = insertelement <32 x i32> poison, i32 %v29, i64 0
%v31 = shufflevector <32 x i32> %v30, <32 x i32> poison, <32 x i32> zeroinitializer
%v32 = icmp ult <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>, %v31
%v33 = getelementptr float, ptr %v14, i64 %v9
%v34 = call <32 x float> @llvm.masked.load.v32f32.p0(ptr align 4 %v33, <32 x i1> %v32, <32 x float> zeroinitializer)
%v35 = fmul <32 x float> %v34, %v18
%v36 = fadd <32 x float> %v35, splat (float 0x3FE0000000000000)
%v37 = getelementptr float, ptr %v22, i64 %v9
call void @llvm.masked.store.v32f32.p0(<32 x float> %v36, ptr align 4 %v37, <32 x i1> %v32)
br label %E27
E27:
ret i64 0
}
declare <32 x float> @llvm.masked.load.v32f32.p0(ptr, <32 x i1>, <32 x float>)
declare void @llvm.masked.store.v32f32.p0(<32 x float>, ptr, <32 x i1>)
