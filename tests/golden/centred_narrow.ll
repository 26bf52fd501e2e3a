; narrow
define i64 @k_6c1877ed3ab8ab6e2c6780db92cd679d(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -16
%v6 = getelementptr i64, ptr %ctx, i64 1
%v7 = load float, ptr %v6, align 8
%v8 = getelementptr i64, ptr %ctx, i64 2
%v9 = load i64, ptr %v8, align 8
%v10 = and i64 %v9, -32
%v12 = getelementptr ptr, ptr %bufs, i64 0
%v13 = load ptr, ptr %v12, align 8
%v14 = getelementptr i64, ptr %ctx, i64 3
%v15 = load i64, ptr %v14, align 8
%v57 = getelementptr ptr, ptr %bufs, i64 1
%v58 = load ptr, ptr %v57, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v72, %E64]
%v16 = mul i64 %i1, %v15
%v17 = getelementptr float, ptr %v13, i64 %v16
%v23 = icmp slt i64 0, %v10
br i1 %v23, label %L11, label %E11
L11:
%i11 = phi i64 [0, %L1], [%v21, %L11]
%p11.0 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v20, %L11]
%p11.1 = phi float [0x0000000000000000, %L1], [%p11.1, %L11]
%v18 = getelementptr float, ptr %v17, i64 %i11
%v19 = load <32 x float>, ptr %v18, align 4
%v20 = fadd <32 x float> %p11.0, %v19
%v21 = add nsw i64 %i11, 32
%v22 = icmp slt i64 %v21, %v10
br i1 %v22, label %L11, label %E11
E11:
%v24 = phi <32 x float> [splat (float 0x0000000000000000), %L1], [%v20, %L11]
%v25 = phi float [0x0000000000000000, %L1], [%p11.1, %L11]
%v32 = icmp slt i64 %v10, %v9
br i1 %v32, label %L26, label %E26
L26:
%i26 = phi i64 [%v10, %E11], [%v30, %L26]
%p26.0 = phi <32 x float> [%v24, %E11], [%p26.0, %L26]
%p26.1 = phi float [%v25, %E11], [%v29, %L26]
%v27 = getelementptr float, ptr %v17, i64 %i26
%v28 = load float, ptr %v27, align 4
%v29 = fadd float %p26.1, %v28
%v30 = add nsw i64 %i26, 1
%v31 = icmp slt i64 %v30, %v9
br i1 %v31, label %L26, label %E26
E26:
%v33 = phi <32 x float> [%v24, %E11], [%p26.0, %L26]
%v34 = phi float [%v25, %E11], [%v29, %L26]
%v35 = shufflevector <32 x float> %v33, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v36 = shufflevector <32 x float> %v33, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v37 = fadd <16 x float> %v35, %v36
%v38 = shufflevector <16 x float> %v37, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
%v39 = shufflevector <16 x float> %v37, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v40 = fadd <8 x float> %v38, %v39
%v41 = shufflevector <8 x float> %v40, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
%v42 = shufflevector <8 x float> %v40, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
%v43 = fadd <4 x float> %v41, %v42
%v44 = shufflevector <4 x float> %v43, <4 x float> poison, <2 x i32> <i32 0, i32 1>
%v45 = shufflevector <4 x float> %v43, <4 x float> poison, <2 x i32> <i32 2, i32 3>
%v46 = fadd <2 x float> %v44, %v45
%v47 = extractelement <2 x float> %v46, i64 0
%v48 = extractelement <2 x float> %v46, i64 1
%v49 = fadd float %v47, %v48
%v50 = fadd float %v49, %v34
%v51 = fmul float %v50, %v7
%v54 = insertelement <16 x float> poison, float %v51, i64 0
%v55 = shufflevector <16 x float> %v54, <16 x float> poison, <16 x i32> zeroinitializer
%v59 = getelementptr float, ptr %v58, i64 %v16
%v63 = icmp slt i64 0, %v4
br i1 %v63, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E26], [%v61, %L5]
%v52 = getelementptr float, ptr %v17, i64 %i5
%v53 = load <16 x float>, ptr %v52, align 4
%v56 = fsub <16 x float> %v53, %v55
%v60 = getelementptr float, ptr %v59, i64 %i5
store <16 x float> %v56, ptr %v60, align 4
%v61 = add nsw i64 %i5, 16
%v62 = icmp slt i64 %v61, %v4
br i1 %v62, label %L5, label %E5
E5:
%v71 = icmp slt i64 %v4, %v3
br i1 %v71, label %L64, label %E64
L64:
%i64 = phi i64 [%v4, %E5], [%v69, %L64]
%v65 = getelementptr float, ptr %v17, i64 %i64
%v66 = load float, ptr %v65, align 4
%v67 = fsub float %v66, %v51
%v68 = getelementptr float, ptr %v59, i64 %i64
store float %v67, ptr %v68, align 4
%v69 = add nsw i64 %i64, 1
%v70 = icmp slt i64 %v69, %v3
br i1 %v70, label %L64, label %E64
E64:
%v72 = add nsw i64 %i1, 1
%v73 = icmp slt i64 %v72, %end
br i1 %v73, label %L1, label %E1
E1:
ret i64 0
}
