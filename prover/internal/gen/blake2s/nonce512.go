package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// nonce512 writes the kernel that looks for a nonce among consecutive low words.
func nonce512() {
	k := newNonceSearch("nonceAVX512", lanes)
	v, m := zmm[:16], zmm[16:26]
	for i := range 9 {
		VPBROADCASTD(Mem{Base: k.table, Disp: 4 * (tablePrefix + i)}, m[i+i/8])
	}
	VPBROADCASTD(Load(Param("low"), GP32()), m[8])
	VPADDD(nonceCount, m[8], m[8])
	step, mask, initialWord := zmm[26], zmm[27], zmm[28]
	VPBROADCASTD(nonceCount.Offset(4*lanes), step)
	VPBROADCASTD(Load(Param("mask"), GP32()), mask)
	VPBROADCASTD(initial, initialWord)

	Label("vector")
	for i := range v {
		VPBROADCASTD(Mem{Base: k.table, Disp: 4 * i}, v[i])
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
	k.end(lane, func() { VPADDD(step, m[8], m[8]) })
}
