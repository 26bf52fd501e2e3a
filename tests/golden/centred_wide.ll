; wide
define i64 @k_4bada9fc922bfa39567d171dc5e92631(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -32
%v6 = getelementptr i64, ptr %ctx, i64 1
%v7 = load float, ptr %v6, align 8
%v8 = getelementptr i64, ptr %ctx, i64 2
%v9 = load i64, ptr %v8, align 8
%v10 = and i64 %v9, -64
%v12 = getelementptr ptr, ptr %bufs, i64 0
%v13 = load ptr, ptr %v12, align 8
%v14 = getelementptr i64, ptr %ctx, i64 3
%v15 = load i64, ptr %v14, align 8
%v61 = getelementptr ptr, ptr %bufs, i64 1
%v62 = load ptr, ptr %v61, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v79, %E68]
%v16 = mul i64 %i1, %v15
%v17 = getelementptr float, ptr %v13, i64 %v16
%v23 = icmp slt i64 0, %v10
br i1 %v23, label %L11, label %E11
L11:
%i11 = phi i64 [0, %L1], [%v21, %L11]
%p11.0 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v20, %L11]
%v18 = getelementptr float, ptr %v17, i64 %i11
%v19 = load <64 x float>, ptr %v18, align 4
%v20 = fadd <64 x float> %p11.0, %v19
%v21 = add nsw i64 %i11, 64
%v22 = icmp slt i64 %v21, %v10
br i1 %v22, label %L11, label %E11
E11:
%v24 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v20, %L11]
%v35 = icmp slt i64 %v10, %v9
br i1 %v35, label %T25, label %E25
T25:
%v26 = sub i64 %v9, %v10
%v27 = trunc i64 %v26 to i32
%v28 = insertelement <64 x i32> poison, i32 %v27, i64 0
%v29 = shufflevector <64 x i32> %v28, <64 x i32> poison, <64 x i32> zeroinitializer
%v30 = icmp ult <64 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31, i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>, %v29
%v31 = getelementptr float, ptr %v17, i64 %v10
%v32 = call <64 x float> @llvm.masked.load.v64f32.p0(ptr align 4 %v31, <64 x i1> %v30, <64 x float> zeroinitializer)
%v33 = fadd <64 x float> %v24, %v32
%v34 = select <64 x i1> %v30, <64 x float> %v33, <64 x float> %v24
br label %E25
E25:
%v36 = phi <64 x float> [%v24, %E11], [%v34, %T25]
%v37 = shufflevector <64 x float> %v36, <64 x float> poison, <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v38 = shufflevector <64 x float> %v36, <64 x float> poison, <32 x i32> <i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>
%v39 = fadd <32 x float> %v37, %v38
%v40 = shufflevector <32 x float> %v39, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v41 = shufflevector <32 x float> %v39, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v42 = fadd <16 x float> %v40, %v41
%v43 = shufflevector <16 x float> %v42, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
%v44 = shufflevector <16 x float> %v42, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v45 = fadd <8 x float> %v43, %v44
%v46 = shufflevector <8 x float> %v45, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
%v47 = shufflevector <8 x float> %v45, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
%v48 = fadd <4 x float> %v46, %v47
%v49 = shufflevector <4 x float> %v48, <4 x float> poison, <2 x i32> <i32 0, i32 1>
%v50 = shufflevector <4 x float> %v48, <4 x float> poison, <2 x i32> <i32 2, i32 3>
%v51 = fadd <2 x float> %v49, %v50
%v52 = extractelement <2 x float> %v51, i64 0
%v53 = extractelement <2 x float> %v51, i64 1
%v54 = fadd float %v52, %v53
%v55 = fmul float %v54, %v7
%v58 = insertelement <32 x float> poison, float %v55, i64 0
%v59 = shufflevector <32 x float> %v58, <32 x float> poison, <32 x i32> zeroinitializer
%v63 = getelementptr float, ptr %v62, i64 %v16
%v67 = icmp slt i64 0, %v4
br i1 %v67, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E25], [%v65, %L5]
%v56 = getelementptr float, ptr %v17, i64 %i5
%v57 = load <32 x float>, ptr %v56, align 4
%v60 = fsub <32 x float> %v57, %v59
%v64 = getelementptr float, ptr %v63, i64 %i5
store <32 x float> %v60, ptr %v64, align 4
%v65 = add nsw i64 %i5, 32
%v66 = icmp slt i64 %v65, %v4
br i1 %v66, label %L5, label %E5
E5:
%v78 = icmp slt i64 %v4, %v3
br i1 %v78, label %T68, label %E68
T68:
%v69 = sub i64 %v3, %v4
%v70 = trunc i64 %v69 to i32
%v71 = insertelement <32 x i32> poison, i32 %v70, i64 0
%v72 = shufflevector <32 x i32> %v71, <32 x i32> poison, <32 x i32> zeroinitializer
%v73 = icmp ult <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>, %v72
%v74 = getelementptr float, ptr %v17, i64 %v4
%v75 = call <32 x float> @llvm.masked.load.v32f32.p0(ptr align 4 %v74, <32 x i1> %v73, <32 x float> zeroinitializer)
%v76 = fsub <32 x float> %v75, %v59
%v77 = getelementptr float, ptr %v63, i64 %v4
call void @llvm.masked.store.v32f32.p0(<32 x float> %v76, ptr align 4 %v77, <32 x i1> %v73)
br label %E68
E68:
%v79 = add nsw i64 %i1, 1
%v80 = icmp slt i64 %v79, %end
br i1 %v80, label %L1, label %E1
E1:
ret i64 0
}
declare <32 x float> @llvm.masked.load.v32f32.p0(ptr, <32 x i1>, <32 x float>)
declare <64 x float> @llvm.masked.load.v64f32.p0(ptr, <64 x i1>, <64 x float>)
declare void @llvm.masked.store.v32f32.p0(<32 x float>, ptr, <32 x i1>)
