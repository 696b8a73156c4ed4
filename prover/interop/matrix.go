package interop

import (
	"slices"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// matrix covers every pair of values of AIR with kind of sizes, rows, blowup, fold
// step, last layer and queries that an AIR allows.
var matrix = []struct {
	air          string
	logRows      uint32
	columns      int
	bits         uint32
	logBlowup    uint32
	foldStep     uint32
	logLastLayer uint32
	queries, pow uint32
}{
	{WideFibonacci, 4, 5, 0, 4, 2, 0, 1, 0},
	{WideFibonacci, 5, 5, 0, 1, 2, 2, 20, 1},
	{WideFibonacci, 7, 10, 0, 1, 1, 1, 64, 5},
	{WideFibonacci, 7, 31, 0, 3, 4, 0, 3, 8},
	{WideFibonacci, 9, 3, 0, 2, 1, 4, 8, 10},
	{WideFibonacci, 9, 3, 0, 5, 4, 0, 1, 3},
	{WideFibonacci, 11, 31, 0, 4, 3, 2, 64, 0},
	{Matmul, 6, 0, 0, 4, 2, 0, 64, 1},
	{Matmul, 6, 0, 0, 5, 1, 2, 8, 5},
	{Matmul, 8, 0, 0, 1, 2, 0, 1, 8},
	{Matmul, 8, 0, 0, 2, 4, 1, 20, 10},
	{Matmul, 8, 0, 0, 3, 3, 4, 3, 3},
	{RangeCheck, 4, 3, 4, 1, 2, 0, 3, 0},
	{RangeCheck, 6, 5, 6, 3, 2, 4, 64, 1},
	{RangeCheck, 8, 2, 8, 2, 1, 2, 1, 5},
	{RangeCheck, 8, 2, 8, 5, 3, 1, 20, 8},
	{RangeCheck, 10, 4, 10, 4, 4, 1, 8, 10},
	{RangeCheck, 5, 5, 4, 4, 3, 2, 64, 3},
	{RangeCheck, 6, 4, 4, 4, 1, 0, 20, 0},
	{RangeCheck, 8, 2, 5, 5, 4, 0, 8, 1},
	{RangeCheck, 11, 5, 7, 1, 4, 4, 20, 5},
	{RangeCheck, 11, 1, 9, 2, 2, 1, 1, 8},
	{RangeCheck, 11, 1, 5, 3, 1, 0, 3, 10},
	{RangeCheck, 4, 5, 5, 2, 4, 0, 20, 3},
	{RangeCheck, 6, 3, 7, 1, 3, 1, 1, 0},
	{RangeCheck, 6, 3, 8, 4, 2, 0, 64, 1},
	{RangeCheck, 7, 5, 10, 3, 1, 2, 3, 5},
	{RangeCheck, 7, 4, 10, 5, 2, 4, 8, 8},
	{Bus, 5, 0, 4, 5, 4, 0, 8, 10},
	{Bus, 6, 0, 5, 2, 3, 1, 1, 3},
	{Bus, 9, 0, 8, 1, 3, 2, 3, 0},
	{Bus, 9, 0, 7, 3, 2, 1, 20, 1},
	{Bus, 9, 0, 5, 4, 2, 4, 64, 5},
	{Bus, 10, 0, 6, 2, 1, 1, 64, 8},
	{Bus, 10, 0, 4, 2, 1, 4, 1, 10},
	{Bus, 10, 0, 4, 4, 3, 0, 3, 3},
	{Bus, 4, 0, 5, 5, 3, 1, 64, 0},
	{Bus, 5, 0, 7, 1, 4, 1, 20, 1},
	{Bus, 5, 0, 6, 2, 3, 0, 8, 5},
	{Bus, 5, 0, 7, 3, 1, 4, 3, 8},
	{Bus, 8, 0, 11, 4, 2, 2, 1, 10},
	{Masks, 4, 0, 0, 4, 2, 0, 1, 3},
	{Masks, 5, 0, 0, 1, 2, 2, 20, 0},
	{Masks, 5, 0, 0, 5, 1, 1, 3, 1},
	{Masks, 8, 0, 0, 2, 4, 0, 64, 5},
	{Masks, 11, 0, 0, 3, 3, 4, 8, 8},
	{Assorted, 6, 4, 5, 2, 4, 2, 3, 10},
	{Assorted, 7, 4, 5, 2, 1, 2, 1, 3},
	{Assorted, 7, 4, 5, 4, 2, 4, 1, 0},
	{Assorted, 7, 3, 5, 5, 3, 2, 20, 1},
	{Assorted, 8, 3, 5, 1, 1, 0, 8, 5},
	{Assorted, 10, 3, 5, 1, 1, 1, 20, 8},
	{Assorted, 10, 3, 4, 3, 2, 2, 1, 10},
	{Poseidon2, 4, 0, 0, 2, 3, 1, 3, 3},
	{Poseidon2, 4, 0, 0, 3, 1, 2, 8, 0},
	{Poseidon2, 5, 0, 0, 1, 1, 4, 1, 1},
	{Poseidon2, 5, 0, 0, 1, 2, 1, 1, 5},
	{Poseidon2, 5, 0, 0, 3, 4, 0, 1, 8},
}

// Golden returns the instances whose proofs by the crate lie in testdata.
func Golden() []Case {
	cases := make([]Case, len(matrix))
	for i, m := range matrix {
		cases[i] = Case{
			AIR: m.air, LogRows: m.logRows, Columns: m.columns, Bits: m.bits, Seed: uint32(i),
			Config: proof.Config{
				PowBits: m.pow, LogBlowup: m.logBlowup, FoldStep: m.foldStep,
				LogLastLayerDegree: m.logLastLayer, Queries: m.queries,
			},
		}
		switch m.air {
		case Matmul:
			cases[i].Words = []uint32{1, 2, 3, uint32(i)}
		case RangeCheck, Bus, Assorted:
			cases[i].InteractionPowBits = uint32(i+1) % 3 * 4
		}
	}
	cases = append(cases, Case{
		AIR: RangeCheck, LogRows: 5, Columns: 5, Bits: 4, Seed: 17, InteractionPowBits: 8,
		Config:  proof.Config{PowBits: 3, LogBlowup: 4, FoldStep: 3, LogLastLayerDegree: 2, Queries: 64},
		Refused: true,
	})
	return append(cases, batches()...)
}

// batches are golden cases of several matrix products in one proof.
func batches() []Case {
	three := []prover.Size{{Rows: 16, Inner: 16, Columns: 16}, {Rows: 3, Inner: 7, Columns: 2}, {Rows: 1, Inner: 10, Columns: 5}}
	return []Case{
		{AIR: MatmulBatch, LogRows: 6, Products: []prover.Size{{Rows: 8, Inner: 8, Columns: 8}}, Seed: 100, Words: []uint32{5},
			Config: proof.Config{PowBits: 8, LogBlowup: 2, FoldStep: 3, LogLastLayerDegree: 1, Queries: 20}},
		{AIR: MatmulBatch, LogRows: 6, Products: []prover.Size{{Rows: 8, Inner: 8, Columns: 8}, {Rows: 3, Inner: 7, Columns: 2}}, Seed: 101,
			Config: proof.Config{PowBits: 5, LogBlowup: 1, FoldStep: 1, Queries: 8}},
		{AIR: MatmulBatch, LogRows: 8, Products: three, Seed: 102, Words: []uint32{6, 7},
			Config: proof.Config{PowBits: 10, LogBlowup: 3, FoldStep: 4, LogLastLayerDegree: 2, Queries: 3}},
		{AIR: MatmulBatch, LogRows: 6, Products: slices.Repeat([]prover.Size{{Rows: 8, Inner: 5, Columns: 6}}, matmul.MaxBatch), Seed: 103,
			Config: proof.Config{LogBlowup: 5, FoldStep: 2, LogLastLayerDegree: 4, Queries: 1}},
		ProductionBatch(),
	}
}

// ProductionBatch is the golden case of a batch under the configuration of its AIR
// version, whose transcript begins with a whole statement: that of BatchStatement.
func ProductionBatch() Case {
	s := BatchStatement()
	return Case{AIR: MatmulBatch, LogRows: 2 * s.K(), Products: s.Sizes, Seed: 104, Words: s.Words(), Config: matmul.Config()}
}

// BatchStatement is the statement of ProductionBatch without the two commitments.
func BatchStatement() prover.BatchStatement {
	number := func(n uint64) felt.Felt { return *new(felt.Felt).SetUint64(n) }
	return prover.BatchStatement{
		Sizes:   []prover.Size{{Rows: 16, Inner: 16, Columns: 16}, {Rows: 3, Inner: 7, Columns: 2}, {Rows: 1, Inner: 10, Columns: 5}},
		ChainID: *new(felt.Felt).SetBytes([]byte("SN_SEPOLIA")), JobManager: number(0xabcdef), JobID: [16]byte{1, 15: 9}, Attempt: 2, Worker: number(0x1234567),
	}
}

// Large returns instances that are too large for data files: they are proved live.
func Large() []Case {
	var cases []Case
	for logRows := uint32(12); logRows <= 20; logRows++ {
		cases = append(cases, Case{
			AIR: WideFibonacci, LogRows: logRows, Columns: 4, Seed: logRows,
			Config: proof.Config{PowBits: 5, LogBlowup: 1 + logRows%2, FoldStep: 1 + logRows%4, Queries: 10},
		})
	}
	return append(cases,
		Case{AIR: Matmul, LogRows: 14, Words: []uint32{7}, Config: proof.Config{PowBits: 26, LogBlowup: 4, FoldStep: 3, Queries: 20}},
		Case{AIR: MatmulBatch, LogRows: 12, Products: []prover.Size{{Rows: 64, Inner: 64, Columns: 64}, {Rows: 33, Inner: 64, Columns: 1}, {Rows: 1, Inner: 1, Columns: 1}, {Rows: 20, Inner: 30, Columns: 40}},
			Words: []uint32{8}, Config: proof.Config{PowBits: 26, LogBlowup: 4, FoldStep: 3, Queries: 20}},
		Case{AIR: RangeCheck, LogRows: 16, Columns: 5, Bits: 10, Config: proof.Config{PowBits: 5, LogBlowup: 1, FoldStep: 2, Queries: 30}},
		Case{AIR: RangeCheck, LogRows: 8, Columns: 2, Bits: 16, Config: proof.Config{PowBits: 5, LogBlowup: 2, FoldStep: 3, Queries: 30}},
		Case{AIR: Bus, LogRows: 18, Bits: 6, Config: proof.Config{PowBits: 5, LogBlowup: 1, FoldStep: 4, Queries: 30}},
		Case{AIR: Masks, LogRows: 17, Config: proof.Config{PowBits: 5, LogBlowup: 1, FoldStep: 3, Queries: 30}},
		Case{AIR: Assorted, LogRows: 15, Columns: 6, Bits: 8, Config: proof.Config{PowBits: 5, LogBlowup: 3, FoldStep: 3, Queries: 30}},
		Case{AIR: Poseidon2, LogRows: 9, Config: proof.Config{PowBits: 5, LogBlowup: 1, FoldStep: 3, Queries: 30}},
	)
}
