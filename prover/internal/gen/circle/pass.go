package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/sage-network/sage-node/prover/internal/gen/simd"
)

// frame returns the memory of a scalar parameter.
func frame(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// rows are pointers to 2^log rows at equal distances: one register for each four
// rows, one for the distance and one for three times that.
type rows struct {
	bases          []reg.GPVirtual
	stride, triple reg.GPVirtual
}

func newRows(log int, base, stride, triple reg.GPVirtual) rows {
	r := rows{stride: stride, triple: triple}
	for i := 0; i < 1<<log; i += 4 {
		p := GP64()
		if i == 0 {
			MOVQ(base, p)
		} else {
			LEAQ(Mem{Base: r.bases[i/4-1], Index: stride, Scale: 4}, p)
		}
		r.bases = append(r.bases, p)
	}
	return r
}

func (r rows) at(i int) Mem {
	m := Mem{Base: r.bases[i/4]}
	switch i % 4 {
	case 1:
		m.Index, m.Scale = r.stride, 1
	case 2:
		m.Index, m.Scale = r.stride, 2
	case 3:
		m.Index, m.Scale = r.triple, 1
	}
	return m
}

func (r rows) advance(bytes int) {
	for _, p := range r.bases {
		ADDQ(I8(bytes), p)
	}
}

// pass writes the function that runs log layers on blocks of 2^log rows, whose
// butterflies join whole rows: they lie in registers, a vector of each row at a
// time, from the first of these layers to the last.
func pass(s *simd.ISA, log int, inverse bool) {
	name, word := "forward", "transforms"
	if inverse {
		name, word = "inverse", "transforms back"
	}
	name = fmt.Sprintf("%s%d%s", name, 1<<log, s.Name)
	TEXT(name, NOSPLIT, "func(dst, src *uint32, stride, columns, blocks int, twiddles *[4]*uint32)")
	Doc(
		fmt.Sprintf("%s %s blocks of %d rows that are stride elements apart: the first columns", name, word, 1<<log),
		"elements of each, a multiple of the lanes. twiddles has the first block's twiddles for",
		"the layers, the lowest first.",
	)
	s.Begin()
	factors := AllocLocal(8 * (1<<log - 1)) // twice the block's twiddles, 64 bits each
	factor := func(layer, i int) Mem {
		// Layer k has 2^(log−1−k) of them; the lowest layer comes first.
		return factors.Offset(8 * (1<<log - 1<<(log-layer) + i))
	}
	stride, triple := GP64(), GP64()
	Load(Param("stride"), stride)
	SHLQ(U8(2), stride)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, triple)
	dst, src := GP64(), GP64()
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	block := GP64()
	XORQ(block, block)

	Label("block")
	CMPQ(block, frame("blocks"))
	JGE(LabelRef("done"))
	{
		pointers, p, index, w := GP64(), GP64(), GP64(), GP64()
		MOVQ(frame("twiddles"), pointers)
		for layer := range log {
			n := 1 << (log - 1 - layer)
			MOVQ(Mem{Base: pointers, Disp: 8 * layer}, p)
			MOVQ(block, index)
			SHLQ(U8(2+log-1-layer), index)
			for i := range n {
				MOVL(Mem{Base: p, Index: index, Scale: 1, Disp: 4 * i}, w.As32())
				ADDL(w.As32(), w.As32())
				MOVQ(w, factor(layer, i))
			}
		}
	}
	from, to := newRows(log, src, stride, triple), newRows(log, dst, stride, triple)
	left := GP64()
	MOVQ(frame("columns"), left)
	Label("column")
	x := s.Regs(1 << log)
	for i := range x {
		s.Load(from.at(i), x[i])
	}
	layers := make([]int, log)
	for i := range layers {
		layers[i] = log - 1 - i
		if inverse {
			layers[i] = i
		}
	}
	for _, layer := range layers {
		for i := range x {
			if i>>layer&1 == 1 {
				continue
			}
			times := func(v simd.Vec) { s.MulScalar(v, factor(layer, i>>(layer+1)), v) }
			if inverse {
				inverseButterfly(s, x[i], x[i+1<<layer], times)
			} else {
				butterfly(s, x[i], x[i+1<<layer], times)
			}
		}
	}
	for i := range x {
		s.Store(x[i], to.at(i))
	}
	from.advance(s.Bytes())
	to.advance(s.Bytes())
	SUBQ(U8(s.Lanes), left)
	JNE(LabelRef("column"))

	blockBytes := GP64()
	MOVQ(stride, blockBytes)
	SHLQ(U8(log), blockBytes)
	ADDQ(blockBytes, src)
	ADDQ(blockBytes, dst)
	INCQ(block)
	JMP(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}
