; wide
define i64 @k_9b2c381f815a1d53a11427efbf79a5fb(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v1 = getelementptr i64, ptr %ctx, i64 0
%v2 = load i64, ptr %v1, align 8
%v3 = mul i64 %begin, 64
%v4 = mul i64 %end, 64
%v5 = icmp slt i64 %v4, %v2
%v6 = select i1 %v5, i64 %v4, i64 %v2
%v7 = sub i64 %v6, %v3
%v8 = and i64 %v7, -64
%v9 = add i64 %v3, %v8
%v11 = getelementptr ptr, ptr %bufs, i64 0
%v12 = load ptr, ptr %v11, align 8
%v15 = getelementptr i64, ptr %ctx, i64 1
%v16 = load float, ptr %v15, align 8
%v17 = insertelement <64 x float> poison, float %v16, i64 0
%v18 = shufflevector <64 x float> %v17, <64 x float> poison, <64 x i32> zeroinitializer
%v21 = getelementptr ptr, ptr %bufs, i64 1
%v22 = load ptr, ptr %v21, align 8
%v26 = icmp slt i64 %v3, %v9
br i1 %v26, label %L10, label %E10
L10:
%i10 = phi i64 [%v3, %entry], [%v24, %L10]
%v13 = getelementptr float, ptr %v12, i64 %i10
%v14 = load <64 x float>, ptr %v13, align 4
%v19 = fmul <64 x float> %v14, %v18
%v20 = fadd <64 x float> %v19, splat (float 0x3FE0000000000000)
%v23 = getelementptr float, ptr %v22, i64 %i10
store <64 x float> %v20, ptr %v23, align 4
%v24 = add nsw i64 %i10, 64
%v25 = icmp slt i64 %v24, %v9
br i1 %v25, label %L10, label %E10
E10:
%v38 = icmp slt i64 %v9, %v6
br i1 %v38, label %T27, label %E27
T27:
%v28 = sub i64 %v6, %v9
%v29 = trunc i64 %v28 to i32
%v30 = insertelement <64 x i32> poison, i32 %v29, i64 0
%v31 = shufflevector <64 x i32> %v30, <64 x i32> poison, <64 x i32> zeroinitializer
%v32 = icmp ult <64 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31, i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>, %v31
%v33 = getelementptr float, ptr %v12, i64 %v9
%v34 = call <64 x float> @llvm.masked.load.v64f32.p0(ptr align 4 %v33, <64 x i1> %v32, <64 x float> zeroinitializer)
%v35 = fmul <64 x float> %v34, %v18
%v36 = fadd <64 x float> %v35, splat (float 0x3FE0000000000000)
%v37 = getelementptr float, ptr %v22, i64 %v9
call void @llvm.masked.store.v64f32.p0(<64 x float> %v36, ptr align 4 %v37, <64 x i1> %v32)
br label %E27
E27:
ret i64 0
}
declare <64 x float> @llvm.masked.load.v64f32.p0(ptr, <64 x i1>, <64 x float>)
declare void @llvm.masked.store.v64f32.p0(<64 x float>, ptr, <64 x i1>)
