; wide
define i64 @k_a3c33056c98cae45b46b07bcba5493b3(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -64
%v6 = getelementptr ptr, ptr %bufs, i64 0
%v7 = load ptr, ptr %v6, align 8
%v50 = getelementptr i64, ptr %ctx, i64 1
%v51 = load float, ptr %v50, align 8
%v56 = getelementptr ptr, ptr %bufs, i64 1
%v57 = load ptr, ptr %v56, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v74, %E63]
%v8 = mul i64 %i1, %v3
%v9 = getelementptr float, ptr %v7, i64 %v8
%v18 = icmp slt i64 0, %v4
br i1 %v18, label %L12, label %E12
L12:
%i12 = phi i64 [0, %L1], [%v16, %L12]
%p12.0 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v15, %L12]
%v13 = getelementptr float, ptr %v9, i64 %i12
%v14 = load <64 x float>, ptr %v13, align 4
%v15 = fadd <64 x float> %p12.0, %v14
%v16 = add nsw i64 %i12, 64
%v17 = icmp slt i64 %v16, %v4
br i1 %v17, label %L12, label %E12
E12:
%v19 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v15, %L12]
%v30 = icmp slt i64 %v4, %v3
br i1 %v30, label %T20, label %E20
T20:
%v21 = sub i64 %v3, %v4
%v22 = trunc i64 %v21 to i32
%v23 = insertelement <64 x i32> poison, i32 %v22, i64 0
%v24 = shufflevector <64 x i32> %v23, <64 x i32> poison, <64 x i32> zeroinitializer
%v25 = icmp ult <64 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31, i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>, %v24
%v26 = getelementptr float, ptr %v9, i64 %v4
%v27 = call <64 x float> @llvm.masked.load.v64f32.p0(ptr align 4 %v26, <64 x i1> %v25, <64 x float> zeroinitializer)
%v28 = fadd <64 x float> %v19, %v27
%v29 = select <64 x i1> %v25, <64 x float> %v28, <64 x float> %v19
br label %E20
E20:
%v31 = phi <64 x float> [%v19, %E12], [%v29, %T20]
%v32 = shufflevector <64 x float> %v31, <64 x float> poison, <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v33 = shufflevector <64 x float> %v31, <64 x float> poison, <32 x i32> <i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>
%v34 = fadd <32 x float> %v32, %v33
%v35 = shufflevector <32 x float> %v34, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v36 = shufflevector <32 x float> %v34, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
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
%v52 = fmul float %v49, %v51
%v53 = insertelement <64 x float> poison, float %v52, i64 0
%v54 = shufflevector <64 x float> %v53, <64 x float> poison, <64 x i32> zeroinitializer
%v58 = getelementptr float, ptr %v57, i64 %v8
%v62 = icmp slt i64 0, %v4
br i1 %v62, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E20], [%v60, %L5]
%v10 = getelementptr float, ptr %v9, i64 %i5
%v11 = load <64 x float>, ptr %v10, align 4
%v55 = fsub <64 x float> %v11, %v54
%v59 = getelementptr float, ptr %v58, i64 %i5
store <64 x float> %v55, ptr %v59, align 4
%v60 = add nsw i64 %i5, 64
%v61 = icmp slt i64 %v60, %v4
br i1 %v61, label %L5, label %E5
E5:
%v73 = icmp slt i64 %v4, %v3
br i1 %v73, label %T63, label %E63
T63:
%v64 = sub i64 %v3, %v4
%v65 = trunc i64 %v64 to i32
%v66 = insertelement <64 x i32> poison, i32 %v65, i64 0
%v67 = shufflevector <64 x i32> %v66, <64 x i32> poison, <64 x i32> zeroinitializer
%v68 = icmp ult <64 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31, i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>, %v67
%v69 = getelementptr float, ptr %v9, i64 %v4
%v70 = call <64 x float> @llvm.masked.load.v64f32.p0(ptr align 4 %v69, <64 x i1> %v68, <64 x float> zeroinitializer)
%v71 = fsub <64 x float> %v70, %v54
%v72 = getelementptr float, ptr %v58, i64 %v4
call void @llvm.masked.store.v64f32.p0(<64 x float> %v71, ptr align 4 %v72, <64 x i1> %v68)
br label %E63
E63:
%v74 = add nsw i64 %i1, 1
%v75 = icmp slt i64 %v74, %end
br i1 %v75, label %L1, label %E1
E1:
ret i64 0
}
declare <64 x float> @llvm.masked.load.v64f32.p0(ptr, <64 x i1>, <64 x float>)
declare void @llvm.masked.store.v64f32.p0(<64 x float>, ptr, <64 x i1>)
