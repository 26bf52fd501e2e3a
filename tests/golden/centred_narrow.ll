; narrow
define i64 @k_b6694374b0b75a3b82dff16eff5f13e3(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -16
%v6 = getelementptr i64, ptr %ctx, i64 1
%v7 = load float, ptr %v6, align 8
%v8 = and i64 %v3, -32
%v10 = getelementptr ptr, ptr %bufs, i64 0
%v11 = load ptr, ptr %v10, align 8
%v53 = getelementptr ptr, ptr %bufs, i64 1
%v54 = load ptr, ptr %v53, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v68, %E60]
%v12 = mul i64 %i1, %v3
%v13 = getelementptr float, ptr %v11, i64 %v12
%v19 = icmp slt i64 0, %v8
br i1 %v19, label %L9, label %E9
L9:
%i9 = phi i64 [0, %L1], [%v17, %L9]
%p9.0 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v16, %L9]
%p9.1 = phi float [0x0000000000000000, %L1], [%p9.1, %L9]
%v14 = getelementptr float, ptr %v13, i64 %i9
%v15 = load <32 x float>, ptr %v14, align 4
%v16 = fadd <32 x float> %p9.0, %v15
%v17 = add nsw i64 %i9, 32
%v18 = icmp slt i64 %v17, %v8
br i1 %v18, label %L9, label %E9
E9:
%v20 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v16, %L9]
%v21 = phi float [0x0000000000000000, %L1], [%p9.1, %L9]
%v28 = icmp slt i64 %v8, %v3
br i1 %v28, label %L22, label %E22
L22:
%i22 = phi i64 [%v8, %E9], [%v26, %L22]
%p22.0 = phi <32 x float> [%v20, %E9], [%p22.0, %L22]
%p22.1 = phi float [%v21, %E9], [%v25, %L22]
%v23 = getelementptr float, ptr %v13, i64 %i22
%v24 = load float, ptr %v23, align 4
%v25 = fadd float %p22.1, %v24
%v26 = add nsw i64 %i22, 1
%v27 = icmp slt i64 %v26, %v3
br i1 %v27, label %L22, label %E22
E22:
%v29 = phi <32 x float> [%v20, %E9], [%p22.0, %L22]
%v30 = phi float [%v21, %E9], [%v25, %L22]
%v31 = shufflevector <32 x float> %v29, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v32 = shufflevector <32 x float> %v29, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v33 = fadd <16 x float> %v31, %v32
%v34 = shufflevector <16 x float> %v33, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
%v35 = shufflevector <16 x float> %v33, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v36 = fadd <8 x float> %v34, %v35
%v37 = shufflevector <8 x float> %v36, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
%v38 = shufflevector <8 x float> %v36, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
%v39 = fadd <4 x float> %v37, %v38
%v40 = shufflevector <4 x float> %v39, <4 x float> poison, <2 x i32> <i32 0, i32 1>
%v41 = shufflevector <4 x float> %v39, <4 x float> poison, <2 x i32> <i32 2, i32 3>
%v42 = fadd <2 x float> %v40, %v41
%v43 = extractelement <2 x float> %v42, i64 0
%v44 = extractelement <2 x float> %v42, i64 1
%v45 = fadd float %v43, %v44
%v46 = fadd float %v45, %v30
%v47 = fmul float %v46, %v7
%v50 = insertelement <16 x float> poison, float %v47, i64 0
%v51 = shufflevector <16 x float> %v50, <16 x float> poison, <16 x i32> zeroinitializer
%v55 = getelementptr float, ptr %v54, i64 %v12
%v59 = icmp slt i64 0, %v4
br i1 %v59, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E22], [%v57, %L5]
%v48 = getelementptr float, ptr %v13, i64 %i5
%v49 = load <16 x float>, ptr %v48, align 4
%v52 = fsub <16 x float> %v49, %v51
%v56 = getelementptr float, ptr %v55, i64 %i5
store <16 x float> %v52, ptr %v56, align 4
%v57 = add nsw i64 %i5, 16
%v58 = icmp slt i64 %v57, %v4
br i1 %v58, label %L5, label %E5
E5:
%v67 = icmp slt i64 %v4, %v3
br i1 %v67, label %L60, label %E60
L60:
%i60 = phi i64 [%v4, %E5], [%v65, %L60]
%v61 = getelementptr float, ptr %v13, i64 %i60
%v62 = load float, ptr %v61, align 4
%v63 = fsub float %v62, %v47
%v64 = getelementptr float, ptr %v55, i64 %i60
store float %v63, ptr %v64, align 4
%v65 = add nsw i64 %i60, 1
%v66 = icmp slt i64 %v65, %v3
br i1 %v66, label %L60, label %E60
E60:
%v68 = add nsw i64 %i1, 1
%v69 = icmp slt i64 %v68, %end
br i1 %v69, label %L1, label %E1
E1:
ret i64 0
}
