package main

import (
	"github.com/klauspost/compress/zstd"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

const (
	wordBytes  = 4
	feltBytes  = 32
	hashBytes  = 32
	nonceBytes = 8
)

// rawSize counts the proof's words, hashes and nonces.
func rawSize(s interop.Sealed) int {
	p := s.Proof
	secure := 4 * wordBytes
	n := hashBytes*len(p.Commitments) + nonceBytes
	if s.Interaction.ProofOfWork != 0 {
		n += nonceBytes
	}
	n += secure * len(s.Interaction.ClaimedSums)
	for t := range p.Commitments {
		for _, column := range p.SampledValues[t] {
			n += secure * len(column)
		}
		for _, column := range p.QueriedValues[t] {
			n += wordBytes * len(column)
		}
		n += hashBytes * len(p.Decommitments[t])
	}
	for _, l := range p.Fri.Layers() {
		n += hashBytes*(1+len(l.Decommitment)) + secure*len(l.Witness)
	}
	return n + secure*len(p.Fri.LastLayer)
}

// packedBytes returns the packed form, felt by felt.
func packedBytes(c interop.Case, s interop.Sealed) ([]byte, error) {
	constraints, err := c.Constraints()
	if err != nil {
		return nil, err
	}
	shape, err := constraints.Shape(c.Config)
	if err != nil {
		return nil, err
	}
	packed, err := proof.PackWithLookups(shape, s.Interaction, s.Proof)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, feltBytes*len(packed))
	for _, f := range packed {
		b := f.Bytes()
		out = append(out, b[:]...)
	}
	return out, nil
}

func compressedSize(data []byte) (int, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	return len(w.EncodeAll(data, nil)), w.Close()
}
