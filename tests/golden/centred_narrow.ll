; narrow
define i64 @k_434108f91ee14d2349d9d1e372774c35(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -32
%v6 = getelementptr ptr, ptr %bufs, i64 0
%v7 = load ptr, ptr %v6, align 8
%v46 = getelementptr i64, ptr %ctx, i64 1
%v47 = load float, ptr %v46, align 8
%v52 = getelementptr ptr, ptr %bufs, i64 1
%v53 = load ptr, ptr %v52, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v67, %E59]
%v8 = mul i64 %i1, %v3
%v9 = getelementptr float, ptr %v7, i64 %v8
%v18 = icmp slt i64 0, %v4
br i1 %v18, label %L12, label %E12
L12:
%i12 = phi i64 [0, %L1], [%v16, %L12]
%p12.0 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v15, %L12]
%p12.1 = phi float [0x0000000000000000, %L1], [%p12.1, %L12]
%v13 = getelementptr float, ptr %v9, i64 %i12
%v14 = load <32 x float>, ptr %v13, align 4
%v15 = fadd <32 x float> %p12.0, %v14
%v16 = add nsw i64 %i12, 32
%v17 = icmp slt i64 %v16, %v4
br i1 %v17, label %L12, label %E12
E12:
%v19 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v15, %L12]
%v20 = phi float [0x0000000000000000, %L1], [%p12.1, %L12]
%v27 = icmp slt i64 %v4, %v3
br i1 %v27, label %L21, label %E21
L21:
%i21 = phi i64 [%v4, %E12], [%v25, %L21]
%p21.0 = phi <32 x float> [%v19, %E12], [%p21.0, %L21]
%p21.1 = phi float [%v20, %E12], [%v24, %L21]
%v22 = getelementptr float, ptr %v9, i64 %i21
%v23 = load float, ptr %v22, align 4
%v24 = fadd float %p21.1, %v23
%v25 = add nsw i64 %i21, 1
%v26 = icmp slt i64 %v25, %v3
br i1 %v26, label %L21, label %E21
E21:
%v28 = phi <32 x float> [%v19, %E12], [%p21.0, %L21]
%v29 = phi float [%v20, %E12], [%v24, %L21]
%v30 = shufflevector <32 x float> %v28, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v31 = shufflevector <32 x float> %v28, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v32 = fadd <16 x float> %v30, %v31
%v33 = shufflevector <16 x float> %v32, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
%v34 = shufflevector <16 x float> %v32, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v35 = fadd <8 x float> %v33, %v34
%v36 = shufflevector <8 x float> %v35, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
%v37 = shufflevector <8 x float> %v35, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
%v38 = fadd <4 x float> %v36, %v37
%v39 = shufflevector <4 x float> %v38, <4 x float> poison, <2 x i32> <i32 0, i32 1>
%v40 = shufflevector <4 x float> %v38, <4 x float> poison, <2 x i32> <i32 2, i32 3>
%v41 = fadd <2 x float> %v39, %v40
%v42 = extractelement <2 x float> %v41, i64 0
%v43 = extractelement <2 x float> %v41, i64 1
%v44 = fadd float %v42, %v43
%v45 = fadd float %v44, %v29
%v48 = fmul float %v45, %v47
%v49 = insertelement <32 x float> poison, float %v48, i64 0
%v50 = shufflevector <32 x float> %v49, <32 x float> poison, <32 x i32> zeroinitializer
%v54 = getelementptr float, ptr %v53, i64 %v8
%v58 = icmp slt i64 0, %v4
br i1 %v58, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E21], [%v56, %L5]
%v10 = getelementptr float, ptr %v9, i64 %i5
%v11 = load <32 x float>, ptr %v10, align 4
%v51 = fsub <32 x float> %v11, %v50
%v55 = getelementptr float, ptr %v54, i64 %i5
store <32 x float> %v51, ptr %v55, align 4
%v56 = add nsw i64 %i5, 32
%v57 = icmp slt i64 %v56, %v4
br i1 %v57, label %L5, label %E5
E5:
%v66 = icmp slt i64 %v4, %v3
br i1 %v66, label %L59, label %E59
L59:
%i59 = phi i64 [%v4, %E5], [%v64, %L59]
%v60 = getelementptr float, ptr %v9, i64 %i59
%v61 = load float, ptr %v60, align 4
%v62 = fsub float %v61, %v48
%v63 = getelementptr float, ptr %v54, i64 %i59
store float %v62, ptr %v63, align 4
%v64 = add nsw i64 %i59, 1
%v65 = icmp slt i64 %v64, %v3
br i1 %v65, label %L59, label %E59
E59:
%v67 = add nsw i64 %i1, 1
%v68 = icmp slt i64 %v67, %end
br i1 %v68, label %L1, label %E1
E1:
ret i64 0
}
