package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// nonce512 writes the kernel that looks for a nonce among consecutive low words.
func nonce512() {
	TEXT("nonceAVX512", NOSPLIT, fmt.Sprintf("func(table *[%d]uint32, low, mask uint32, vectors int) int", tableWords))
	Pragma("noescape")
	Doc("nonceAVX512 tries 16 low words a vector, from low on, and returns how far above",
		"low the first one lies whose hash is zero under mask in its first word, or -1.")
	table := Load(Param("table"), GP64())
	vectors := Load(Param("vectors"), GP64())
	at := GP64()
	XORQ(at, at)
	v, m := zmm[:16], zmm[16:26]
	for i := range 9 {
		VPBROADCASTD(Mem{Base: table, Disp: 4 * (tablePrefix + i)}, m[i+i/8])
	}
	VPBROADCASTD(Load(Param("low"), GP32()), m[8])
	VPADDD(nonceCount, m[8], m[8])
	step, mask, initialWord := zmm[26], zmm[27], zmm[28]
	VPBROADCASTD(nonceCount.Offset(4*lanes), step)
	VPBROADCASTD(Load(Param("mask"), GP32()), mask)
	VPBROADCASTD(initial, initialWord)

	Label("vector")
	for i := range v {
		VPBROADCASTD(Mem{Base: table, Disp: 4 * i}, v[i])
	}
	for r, s := range sigma {
		Comment(fmt.Sprintf("Round %d.", r))
		for half := 0; half < 8; half += 4 {
			quads512(quads[half:half+4], func(i, step int) Op {
				if w := s[2*(half+i)+step]; w < nonceWords {
					return m[w]
				}
				return nil
			}, func(i, step int) bool { return nonceSkips(r, half+i, step) })
		}
	}
	Comment("The first word of the digest, under the mask.")
	VPTERNLOGD(U8(0x96), v[8], initialWord, v[0])
	found := K()
	VPTESTNMD(mask, v[0], found)
	lane := GP32()
	KMOVW(found, lane)
	TESTL(lane, lane)
	JNZ(LabelRef("found"))
	VPADDD(step, m[8], m[8])
	ADDQ(Imm(lanes), at)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	MOVQ(I32(-1), at)
	JMP(LabelRef("done"))
	Label("found")
	BSFL(lane, lane)
	ADDQ(lane.As64(), at)
	Label("done")
	Store(at, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
