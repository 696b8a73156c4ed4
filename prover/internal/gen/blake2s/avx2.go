package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The AVX2 kernels hash the two halves of a batch one after the other, eight lanes
// each. Fifteen registers hold the sixteen state words: words 8 and 11 share one,
// as no pair of quads needs both, and the other one waits on the stack. The message
// lies there too.
const (
	halfBytes = rowBytes / 2
	vecBytes  = 32
)

var ymm = []reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y8, reg.Y11, reg.Y12, reg.Y13, reg.Y14,
}

// spare is the register that no state word has.
var spare = reg.Y15

// shuffles are the byte shuffles that rotate words to the right by 16 and by 8.
var shuffles = map[int]Mem{}

// frame is the stack of an AVX2 kernel.
type frame struct {
	message, waiting8, waiting11 Mem
}

func newFrame(words int) frame {
	m := AllocLocal(vecBytes * (words + 2))
	return frame{m, m.Offset(vecBytes * words), m.Offset(vecBytes * (words + 1))}
}

func (f frame) word(w int) Mem { return f.message.Offset(vecBytes * w) }

func rotate256(n int, v reg.VecPhysical) {
	if table, ok := shuffles[n]; ok {
		VPSHUFB(table, v, v)
		return
	}
	VPSLLD(U8(32-n), v, spare)
	VPSRLD(U8(n), v, v)
	VPOR(spare, v, v)
}

// rounds256 mixes the state with the message words, of which those from words on
// are zero, leaving out what skip says. The quads come in pairs: word 8 is in the
// first pair of the columns and in the second one of the diagonals, word 11 in the
// other two.
func (f frame) rounds256(words int, skip func(round, quad, step int) bool) {
	for r, s := range sigma {
		Comment(fmt.Sprintf("Round %d.", r))
		for pair := 0; pair < 8; pair += 2 {
			for step := range 14 {
				half := step / 7
				for i := pair; i < pair+2; i++ {
					if skip(r, i, step) {
						continue
					}
					q := quads[i]
					a, b, c, d := ymm[q[0]], ymm[q[1]], ymm[q[2]], ymm[q[3]]
					switch step % 7 {
					case 0:
						if w := s[2*i+half]; w < words {
							VPADDD(f.word(w), a, a)
						}
					case 1:
						VPADDD(b, a, a)
					case 2:
						VPXOR(a, d, d)
					case 3:
						rotate256(rotations[half][0], d)
					case 4:
						switch {
						case half == 0 && q[2] == 8 && pair == 6:
							VPADDD(f.waiting8, d, c)
						case half == 0 && q[2] == 11 && pair == 2:
							VPADDD(f.waiting11, d, c)
						default:
							VPADDD(d, c, c)
						}
						switch {
						case half == 1 && q[2] == 8 && pair == 0:
							VMOVDQU(c, f.waiting8)
						case half == 1 && q[2] == 11 && pair == 4:
							VMOVDQU(c, f.waiting11)
						}
					case 5:
						VPXOR(c, b, b)
					case 6:
						rotate256(rotations[half][1], b)
					}
				}
			}
		}
	}
}

func noSkips(int, int, int) bool { return false }

func avx2() {
	for _, n := range []int{16, 8} {
		shuffles[n] = GLOBL(fmt.Sprintf("rotate%d", n), RODATA|NOPTR)
		for i := range vecBytes {
			DATA(i, U8(i/4*4%16+(i+n/8)%4))
		}
	}
	absorb256("absorb16AVX2", 16, true)
	absorb256("absorbTail16AVX2", 16, false)
	absorb256("absorbTail8AVX2", 8, false)
	absorb256("absorbTail4AVX2", 4, false)
	parents256()
	unzip256()
	nonce256()
}

// absorb256 is absorb512 for AVX2.
func absorb256(name string, words int, exact bool) {
	k := newAbsorption(name, words, exact)
	column, half := GP64(), GP64()
	f := newFrame(words)
	XORQ(half, half)

	Label("half")
	k.loadWords(column, func(w int, row Mem) {
		VMOVDQU(row, ymm[w%8])
		VMOVDQU(ymm[w%8], f.word(w))
	}, func(w int) {
		VPXOR(spare, spare, spare)
		VMOVDQU(spare, f.word(w))
	})
	in := func(i int) Mem { return Mem{Base: k.src, Index: half, Scale: 1, Disp: rowBytes * i} }
	for i := range 8 {
		VMOVDQU(in(i), ymm[i])
	}
	for i := range 4 {
		VPBROADCASTD(Mem{Base: k.tail, Disp: 4 * i}, ymm[12+i])
	}
	f.loadIV()
	f.rounds256(words, noSkips)
	f.finish(in, func(i int) Mem { return Mem{Base: k.dst, Index: half, Scale: 1, Disp: rowBytes * i} })
	ADDQ(Imm(8), k.row)
	XORQ(Imm(halfBytes), half)
	JNZ(LabelRef("half"))
	ADDQ(U32(8*rowBytes), k.dst)
	ADDQ(k.stride, k.src)
	DECQ(k.batches)
	JNZ(LabelRef("half"))
	VZEROUPPER()
	RET()
}

// loadIV sets state words 8 to 11.
func (f frame) loadIV() {
	VPBROADCASTD(ivTable.Offset(4*3), spare)
	VMOVDQU(spare, f.waiting11)
	for i := range 3 {
		VPBROADCASTD(ivTable.Offset(4*i), ymm[8+i])
	}
}

// finish stores the digests, the states before the block being in.
func (f frame) finish(in, out func(i int) Mem) {
	for i := range 8 {
		if i == 3 {
			VPXOR(f.waiting11, ymm[i], ymm[i])
		} else {
			VPXOR(ymm[8+i], ymm[i], ymm[i])
		}
		VPXOR(in(i), ymm[i], ymm[i])
		VMOVDQU(ymm[i], out(i))
	}
}

// unzipPair splits the sixteen words at m by the parity of their position.
func unzipPair(m Mem, even, odd, scratch reg.VecPhysical) {
	VMOVDQU(m, scratch)
	VSHUFPS(U8(0xDD), m.Offset(vecBytes), scratch, odd)
	VSHUFPS(U8(0x88), m.Offset(vecBytes), scratch, even)
	VPERMQ(U8(0xD8), odd, odd)
	VPERMQ(U8(0xD8), even, even)
}

// parents256 is parents512 for AVX2: half a batch of parents has one whole batch of
// children.
func parents256() {
	initials := GLOBL("initials", RODATA|NOPTR)
	for i, w := range iv {
		if i == 0 {
			w ^= parameters
		}
		for lane := range 8 {
			DATA(vecBytes*i+4*lane, U32(w))
		}
	}
	TEXT("parentsAVX2", NOSPLIT, "func(dst, src *uint32, batches int)")
	Pragma("noescape")
	Doc("parentsAVX2 sets the batches of dst to the hashes of the pairs in src.")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	batches := Load(Param("batches"), GP64())
	half := GP64()
	f := newFrame(16)
	XORQ(half, half)

	Label("half")
	for w := range 8 {
		even, odd := ymm[2*w%8], ymm[2*w%8+1]
		unzipPair(Mem{Base: src, Disp: rowBytes * w}, even, odd, spare)
		VMOVDQU(even, f.word(w))
		VMOVDQU(odd, f.word(8+w))
	}
	for i := range 8 {
		VMOVDQU(initials.Offset(vecBytes*i), ymm[i])
	}
	for i := range 4 {
		VPBROADCASTD(ivTable.Offset(4*(4+i)), ymm[12+i])
	}
	f.loadIV()
	f.rounds256(16, noSkips)
	f.finish(func(i int) Mem { return initials.Offset(vecBytes * i) },
		func(i int) Mem { return Mem{Base: dst, Index: half, Scale: 1, Disp: rowBytes * i} })
	ADDQ(U32(8*rowBytes), src)
	XORQ(Imm(halfBytes), half)
	JNZ(LabelRef("half"))
	ADDQ(U32(8*rowBytes), dst)
	DECQ(batches)
	JNZ(LabelRef("half"))
	VZEROUPPER()
	RET()
}

// unzip256 is unzip512 for AVX2.
func unzip256() {
	TEXT("unzipAVX2", NOSPLIT, "func(even, odd, src *uint32, vectors int)")
	Pragma("noescape")
	Doc("unzipAVX2 splits 32 words a vector into those at even and at odd positions.")
	even := Load(Param("even"), GP64())
	odd := Load(Param("odd"), GP64())
	src := Load(Param("src"), GP64())
	vectors := Load(Param("vectors"), GP64())

	Label("vector")
	for i := range 2 {
		e, o := ymm[2*i], ymm[2*i+1]
		unzipPair(Mem{Base: src, Disp: 2 * vecBytes * i}, e, o, spare)
		VMOVDQU(e, Mem{Base: even, Disp: vecBytes * i})
		VMOVDQU(o, Mem{Base: odd, Disp: vecBytes * i})
	}
	ADDQ(Imm(rowBytes), even)
	ADDQ(Imm(rowBytes), odd)
	ADDQ(U32(2*rowBytes), src)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// nonce256 is nonce512 for AVX2, eight words a vector.
func nonce256() {
	k := newNonceSearch("nonceAVX2", 8)
	f := newFrame(nonceWords)
	for i := range 9 {
		VPBROADCASTD(Mem{Base: k.table, Disp: 4 * (tablePrefix + i)}, spare)
		VMOVDQU(spare, f.word(i+i/8))
	}
	low := Load(Param("low"), GP32())
	VMOVD(low, spare.AsX())
	VPBROADCASTD(spare.AsX(), spare)
	VPADDD(nonceCount, spare, spare)
	VMOVDQU(spare, f.word(8))
	mask := Load(Param("mask"), GP32())
	lane := GP32()

	Label("vector")
	VPBROADCASTD(Mem{Base: k.table, Disp: 4 * 11}, spare)
	VMOVDQU(spare, f.waiting11)
	for i := range 16 {
		if i != 11 {
			VPBROADCASTD(Mem{Base: k.table, Disp: 4 * i}, ymm[i])
		}
	}
	f.rounds256(nonceWords, nonceSkips)
	Comment("The first word of the digest, under the mask.")
	VPBROADCASTD(initial, spare)
	VPXOR(ymm[8], ymm[0], ymm[0])
	VPXOR(spare, ymm[0], ymm[0])
	VMOVD(mask, spare.AsX())
	VPBROADCASTD(spare.AsX(), spare)
	VPAND(spare, ymm[0], ymm[0])
	VPXOR(spare, spare, spare)
	VPCMPEQD(spare, ymm[0], ymm[0])
	VMOVMSKPS(ymm[0], lane)
	k.end(lane, func() {
		VPBROADCASTD(nonceCount.Offset(4*8), spare)
		VPADDD(f.word(8), spare, spare)
		VMOVDQU(spare, f.word(8))
	})
}
