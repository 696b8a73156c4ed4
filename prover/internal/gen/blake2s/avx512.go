package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is the number of words in a row of a batch.
const (
	lanes    = 16
	rowBytes = 4 * lanes
)

var zmm = []reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

// quads512 mixes independent quads of the state in Z0 to Z15, which take their
// steps in turn. word gives the word that a quad adds in each of its two halves, nil
// for zero; skip leaves out step 0 to 13 of a quad.
func quads512(quads [][4]int, word func(i, half int) Op, skip func(i, step int) bool) {
	v := zmm[:16]
	for step := range 14 {
		half := step / 7
		for i, q := range quads {
			a, b, c, d := v[q[0]], v[q[1]], v[q[2]], v[q[3]]
			if skip(i, step) {
				continue
			}
			switch step % 7 {
			case 0:
				if w := word(i, half); w != nil {
					VPADDD(w, a, a)
				}
			case 1:
				VPADDD(b, a, a)
			case 2:
				VPXORD(a, d, d)
			case 3:
				VPRORD(U8(rotations[half][0]), d, d)
			case 4:
				VPADDD(d, c, c)
			case 5:
				VPXORD(c, b, b)
			case 6:
				VPRORD(U8(rotations[half][1]), b, b)
			}
		}
	}
}

// all skips no step.
func all(int, int) bool { return false }

// rounds512 mixes the state in Z0 to Z15 with the words in Z16 to Z31, of which
// those from words on are zero.
func rounds512(words int) {
	for r, s := range sigma {
		Comment(fmt.Sprintf("Round %d.", r))
		for half := 0; half < 8; half += 4 {
			quads512(quads[half:half+4], func(i, step int) Op {
				if w := s[2*(half+i)+step]; w < words {
					return zmm[16+w]
				}
				return nil
			}, all)
		}
	}
}

func avx512() {
	absorb512("absorb16AVX512", 16, true)
	absorb512("absorbTail16AVX512", 16, false)
	absorb512("absorbTail8AVX512", 8, false)
	absorb512("absorbTail4AVX512", 4, false)
	parents512()
	unzip512()
	nonce512()
}

// prefetchBatches is how many batches ahead words are fetched into the first-level
// cache: columns come from memory, and no load waits in the processor's queue for
// longer than the compression before it lasts.
const prefetchBatches = 2

// absorption holds the parameters of a kernel that absorbs a block of exactly or at
// most words words a lane: word w of row i is columns[w][first+i]. The states are read
// from src, which advances by stride, and written to dst; tail are the state's last
// four words, which depend on the counter.
type absorption struct {
	words int
	exact bool

	dst, src, stride, columns, present, row, batches, tail reg.Register
}

func newAbsorption(name string, words int, exact bool) absorption {
	count, doc := "count, ", "at most"
	if exact {
		count, doc = "", "exactly"
	}
	TEXT(name, NOSPLIT, "func(dst, src *uint32, stride int, columns *[]uint32, "+count+"first, batches int, tail *[4]uint32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s absorbs %s %d words a lane into batches of states.", name, doc, words))
	k := absorption{words: words, exact: exact}
	k.dst = Load(Param("dst"), GP64())
	k.src = Load(Param("src"), GP64())
	k.stride = Load(Param("stride"), GP64())
	k.columns = Load(Param("columns"), GP64())
	if !exact {
		k.present = Load(Param("count"), GP64())
	}
	k.row = Load(Param("first"), GP64())
	k.batches = Load(Param("batches"), GP64())
	k.tail = Load(Param("tail"), GP64())
	return k
}

// loadWords gets every word from its column's row by load, and those that no column
// has by zero.
func (k absorption) loadWords(column reg.Register, load func(w int, row Mem), zero func(w int)) {
	for w := range k.words {
		if !k.exact && w > 0 {
			CMPQ(k.present, Imm(uint64(w)))
			JLE(LabelRef(fmt.Sprintf("absent%d", w)))
		}
		MOVQ(Mem{Base: k.columns, Disp: 24 * w}, column)
		load(w, Mem{Base: column, Index: k.row, Scale: 4})
	}
	if !k.exact {
		JMP(LabelRef("loaded"))
		for w := 1; w < k.words; w++ {
			Label(fmt.Sprintf("absent%d", w))
			zero(w)
		}
		Label("loaded")
	}
}

// absorb512 writes a kernel that absorbs a block.
func absorb512(name string, words int, exact bool) {
	k := newAbsorption(name, words, exact)
	column := GP64()
	v, m := zmm[:16], zmm[16:]

	Label("batch")
	k.loadWords(column, func(w int, row Mem) {
		VMOVDQU32(row, m[w])
		row.Disp = prefetchBatches * 4 * lanes
		PREFETCHT0(row)
	}, func(w int) { VPXORD(m[w], m[w], m[w]) })
	for i := range 8 {
		VMOVDQU32(Mem{Base: k.src, Disp: rowBytes * i}, v[i])
	}
	for i := range 4 {
		VPBROADCASTD(ivTable.Offset(4*i), v[8+i])
		VPBROADCASTD(Mem{Base: k.tail, Disp: 4 * i}, v[12+i])
	}
	rounds512(words)
	for i := range 8 {
		VPTERNLOGD(U8(0x96), Mem{Base: k.src, Disp: rowBytes * i}, v[8+i], v[i])
		VMOVDQU32(v[i], Mem{Base: k.dst, Disp: rowBytes * i})
	}
	ADDQ(U32(8*rowBytes), k.dst)
	ADDQ(k.stride, k.src)
	ADDQ(Imm(lanes), k.row)
	DECQ(k.batches)
	JNZ(LabelRef("batch"))
	VZEROUPPER()
	RET()
}

// parents512 writes the kernel for layers of a tree.
func parents512() {
	TEXT("parentsAVX512", NOSPLIT, "func(dst, src *uint32, batches int)")
	Pragma("noescape")
	Doc("parentsAVX512 sets the batches of dst to the hashes of the pairs in src.")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	batches := Load(Param("batches"), GP64())
	v, m := zmm[:16], zmm[16:]

	Label("batch")
	VMOVDQU32(pairIndex, v[0])
	VMOVDQU32(pairIndex.Offset(rowBytes), v[1])
	for w := range 8 {
		row, next := Mem{Base: src, Disp: rowBytes * w}, Mem{Base: src, Disp: rowBytes * (8 + w)}
		VMOVDQU32(row, m[w])
		VMOVDQU32(row, m[8+w])
		VPERMT2D(next, v[0], m[w])
		VPERMT2D(next, v[1], m[8+w])
	}
	for i := range 8 {
		VPBROADCASTD(initial.Offset(4*i), v[i])
		VPBROADCASTD(ivTable.Offset(4*i), v[8+i])
	}
	rounds512(16)
	for i := range 8 {
		VPTERNLOGD_BCST(U8(0x96), initial.Offset(4*i), v[8+i], v[i])
		VMOVDQU32(v[i], Mem{Base: dst, Disp: rowBytes * i})
	}
	ADDQ(U32(8*rowBytes), dst)
	ADDQ(U32(2*8*rowBytes), src)
	DECQ(batches)
	JNZ(LabelRef("batch"))
	VZEROUPPER()
	RET()
}

// unzip512 writes the kernel that splits words by the parity of their position.
func unzip512() {
	TEXT("unzipAVX512", NOSPLIT, "func(even, odd, src *uint32, vectors int)")
	Pragma("noescape")
	Doc("unzipAVX512 splits 32 words a vector into those at even and at odd positions.")
	even := Load(Param("even"), GP64())
	odd := Load(Param("odd"), GP64())
	src := Load(Param("src"), GP64())
	vectors := Load(Param("vectors"), GP64())
	VMOVDQU32(pairIndex, zmm[0])
	VMOVDQU32(pairIndex.Offset(rowBytes), zmm[1])

	Label("vector")
	low, high := Mem{Base: src}, Mem{Base: src, Disp: rowBytes}
	VMOVDQU32(low, zmm[2])
	VMOVDQU32(low, zmm[3])
	VPERMT2D(high, zmm[0], zmm[2])
	VPERMT2D(high, zmm[1], zmm[3])
	VMOVDQU32(zmm[2], Mem{Base: even})
	VMOVDQU32(zmm[3], Mem{Base: odd})
	ADDQ(Imm(rowBytes), even)
	ADDQ(Imm(rowBytes), odd)
	ADDQ(U32(2*rowBytes), src)
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}
