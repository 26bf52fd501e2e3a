; narrow
define i64 @k_8afb27e3bb11e0c82c2a34f75fc8256c(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v1 = getelementptr i64, ptr %ctx, i64 0
%v2 = load i64, ptr %v1, align 8
%v3 = mul i64 %begin, 16
%v4 = mul i64 %end, 16
%v5 = icmp slt i64 %v4, %v2
%v6 = select i1 %v5, i64 %v4, i64 %v2
%v7 = sub i64 %v6, %v3
%v8 = and i64 %v7, -16
%v9 = add i64 %v3, %v8
%v11 = getelementptr i64, ptr %ctx, i64 1
%v12 = load float, ptr %v11, align 8
%v13 = getelementptr ptr, ptr %bufs, i64 0
%v14 = load ptr, ptr %v13, align 8
%v17 = insertelement <16 x float> poison, float %v12, i64 0
%v18 = shufflevector <16 x float> %v17, <16 x float> poison, <16 x i32> zeroinitializer
%v21 = getelementptr ptr, ptr %bufs, i64 1
%v22 = load ptr, ptr %v21, align 8
%v26 = icmp slt i64 %v3, %v9
br i1 %v26, label %L10, label %E10
L10:
%i10 = phi i64 [%v3, %entry], [%v24, %L10]
%v15 = getelementptr float, ptr %v14, i64 %i10
%v16 = load <16 x float>, ptr %v15, align 4
%v19 = fmul <16 x float> %v16, %v18
%v20 = fadd <16 x float> %v19, splat (float 0x3FE0000000000000)
%v23 = getelementptr float, ptr %v22, i64 %i10
store <16 x float> %v20, ptr %v23, align 4
%v24 = add nsw i64 %i10, 16
%v25 = icmp slt i64 %v24, %v9
br i1 %v25, label %L10, label %E10
E10:
%v35 = icmp slt i64 %v9, %v6
br i1 %v35, label %L27, label %E27
L27:
%i27 = phi i64 [%v9, %E10], [%v33, %L27]
%v28 = getelementptr float, ptr %v14, i64 %i27
%v29 = load float, ptr %v28, align 4
%v30 = fmul float %v29, %v12
%v31 = fadd float %v30, 0x3FE0000000000000
%v32 = getelementptr float, ptr %v22, i64 %i27
store float %v31, ptr %v32, align 4
%v33 = add nsw i64 %i27, 1
%v34 = icmp slt i64 %v33, %v6
br i1 %v34, label %L27, label %E27
E27:
ret i64 0
}
