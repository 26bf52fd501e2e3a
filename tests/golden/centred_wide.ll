; wide
define i64 @k_0b2e8086e686400f9093835e4f211aa1(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind {
entry:
%v2 = getelementptr i64, ptr %ctx, i64 0
%v3 = load i64, ptr %v2, align 8
%v4 = and i64 %v3, -32
%v6 = getelementptr i64, ptr %ctx, i64 1
%v7 = load float, ptr %v6, align 8
%v8 = and i64 %v3, -64
%v10 = getelementptr ptr, ptr %bufs, i64 0
%v11 = load ptr, ptr %v10, align 8
%v57 = getelementptr ptr, ptr %bufs, i64 1
%v58 = load ptr, ptr %v57, align 8
br label %L1
L1:
%i1 = phi i64 [%begin, %entry], [%v75, %E64]
%v12 = mul i64 %i1, %v3
%v13 = getelementptr float, ptr %v11, i64 %v12
%v19 = icmp slt i64 0, %v8
br i1 %v19, label %L9, label %E9
L9:
%i9 = phi i64 [0, %L1], [%v17, %L9]
%p9.0 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v16, %L9]
%v14 = getelementptr float, ptr %v13, i64 %i9
%v15 = load <64 x float>, ptr %v14, align 4
%v16 = fadd <64 x float> %p9.0, %v15
%v17 = add nsw i64 %i9, 64
%v18 = icmp slt i64 %v17, %v8
br i1 %v18, label %L9, label %E9
E9:
%v20 = phi <64 x float> [splat (float 0x0000000000000000), %L1], [%v16, %L9]
%v31 = icmp slt i64 %v8, %v3
br i1 %v31, label %T21, label %E21
T21:
%v22 = sub i64 %v3, %v8
%v23 = trunc i64 %v22 to i32
%v24 = insertelement <64 x i32> poison, i32 %v23, i64 0
%v25 = shufflevector <64 x i32> %v24, <64 x i32> poison, <64 x i32> zeroinitializer
%v26 = icmp ult <64 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31, i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>, %v25
%v27 = getelementptr float, ptr %v13, i64 %v8
%v28 = call <64 x float> @llvm.masked.load.v64f32.p0(ptr align 4 %v27, <64 x i1> %v26, <64 x float> zeroinitializer)
%v29 = fadd <64 x float> %v20, %v28
%v30 = select <64 x i1> %v26, <64 x float> %v29, <64 x float> %v20
br label %E21
E21:
%v32 = phi <64 x float> [%v20, %E9], [%v30, %T21]
%v33 = shufflevector <64 x float> %v32, <64 x float> poison, <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v34 = shufflevector <64 x float> %v32, <64 x float> poison, <32 x i32> <i32 32, i32 33, i32 34, i32 35, i32 36, i32 37, i32 38, i32 39, i32 40, i32 41, i32 42, i32 43, i32 44, i32 45, i32 46, i32 47, i32 48, i32 49, i32 50, i32 51, i32 52, i32 53, i32 54, i32 55, i32 56, i32 57, i32 58, i32 59, i32 60, i32 61, i32 62, i32 63>
%v35 = fadd <32 x float> %v33, %v34
%v36 = shufflevector <32 x float> %v35, <32 x float> poison, <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v37 = shufflevector <32 x float> %v35, <32 x float> poison, <16 x i32> <i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>
%v38 = fadd <16 x float> %v36, %v37
%v39 = shufflevector <16 x float> %v38, <16 x float> poison, <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
%v40 = shufflevector <16 x float> %v38, <16 x float> poison, <8 x i32> <i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>
%v41 = fadd <8 x float> %v39, %v40
%v42 = shufflevector <8 x float> %v41, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
%v43 = shufflevector <8 x float> %v41, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
%v44 = fadd <4 x float> %v42, %v43
%v45 = shufflevector <4 x float> %v44, <4 x float> poison, <2 x i32> <i32 0, i32 1>
%v46 = shufflevector <4 x float> %v44, <4 x float> poison, <2 x i32> <i32 2, i32 3>
%v47 = fadd <2 x float> %v45, %v46
%v48 = extractelement <2 x float> %v47, i64 0
%v49 = extractelement <2 x float> %v47, i64 1
%v50 = fadd float %v48, %v49
%v51 = fmul float %v50, %v7
%v54 = insertelement <32 x float> poison, float %v51, i64 0
%v55 = shufflevector <32 x float> %v54, <32 x float> poison, <32 x i32> zeroinitializer
%v59 = getelementptr float, ptr %v58, i64 %v12
%v63 = icmp slt i64 0, %v4
br i1 %v63, label %L5, label %E5
L5:
%i5 = phi i64 [0, %E21], [%v61, %L5]
%v52 = getelementptr float, ptr %v13, i64 %i5
%v53 = load <32 x float>, ptr %v52, align 4
%v56 = fsub <32 x float> %v53, %v55
%v60 = getelementptr float, ptr %v59, i64 %i5
store <32 x float> %v56, ptr %v60, align 4
%v61 = add nsw i64 %i5, 32
%v62 = icmp slt i64 %v61, %v4
br i1 %v62, label %L5, label %E5
E5:
%v74 = icmp slt i64 %v4, %v3
br i1 %v74, label %T64, label %E64
T64:
%v65 = sub i64 %v3, %v4
%v66 = trunc i64 %v65 to i32
%v67 = insertelement <32 x i32> poison, i32 %v66, i64 0
%v68 = shufflevector <32 x i32> %v67, <32 x i32> poison, <32 x i32> zeroinitializer
%v69 = icmp ult <32 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15, i32 16, i32 17, i32 18, i32 19, i32 20, i32 21, i32 22, i32 23, i32 24, i32 25, i32 26, i32 27, i32 28, i32 29, i32 30, i32 31>, %v68
%v70 = getelementptr float, ptr %v13, i64 %v4
%v71 = call <32 x float> @llvm.masked.load.v32f32.p0(ptr align 4 %v70, <32 x i1> %v69, <32 x float> zeroinitializer)
%v72 = fsub <32 x float> %v71, %v55
%v73 = getelementptr float, ptr %v59, i64 %v4
call void @llvm.masked.store.v32f32.p0(<32 x float> %v72, ptr align 4 %v73, <32 x i1> %v69)
br label %E64
E64:
%v75 = add nsw i64 %i1, 1
%v76 = icmp slt i64 %v75, %end
br i1 %v76, label %L1, label %E1
E1:
ret i64 0
}
declare <32 x float> @llvm.masked.load.v32f32.p0(ptr, <32 x i1>, <32 x float>)
declare <64 x float> @llvm.masked.load.v64f32.p0(ptr, <64 x i1>, <64 x float>)
declare void @llvm.masked.store.v32f32.p0(<32 x float>, ptr, <32 x i1>)
