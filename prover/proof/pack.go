package proof

import (
	"encoding/binary"
	"fmt"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/prover/m31"
)

// The packed encoding, version 1, is a list of Starknet field elements in sections. A
// section starts at a new felt, fills its felts densely, and pads the last one
// with zero bits; a section without content takes no felt. Two kinds exist:
//
//	words     7 words of 32 bits a felt: Σ wᵢ·2³²ⁱ, below 2²²⁴
//	elements  8 words of 31 bits a felt: Σ eᵢ·2³¹ⁱ, below 2²⁴⁸, each eᵢ < 2³¹ − 1
//
// A hash is 8 words: its 32 bytes as little-endian u32, first byte first. A
// secure felt is 4 elements, over 1, i, u, iu. The sections, for T trees (the
// composition's included) and L committed FRI layers:
//
//	counts       words     Q, the number of distinct queried positions;
//	                       for each tree the number of its siblings;
//	                       for each FRI layer the number of its witness felts,
//	                       then of its siblings;
//	                       the nonce's low word, then its high word
//	commitments  words     T tree roots, then L FRI layer roots
//	samples      elements  all samples, in order (tree, column, mask)
//	last layer   elements  the last FRI layer's coefficients
//	then for each tree
//	  values     elements  Q rows, each with the tree's columns in order
//	  siblings   words     hashes, bottom-up and left to right
//	then for each FRI layer
//	  witness    elements  secure felts, positions ascending
//	  siblings   words     hashes, bottom-up and left to right
//
// All other sizes follow from the AIR and the configuration ([Shape]). Proofs of AIRs
// with lookups begin with more, see lookups.go.
const (
	wordsPerFelt    = 7
	elementsPerFelt = 8
	wordBits        = 32
	elementBits     = 31
	wordsPerHash    = 8
	elementsPerQM31 = 4
)

// PackedCommitment returns the Poseidon hash of a packed proof, Cairo's
// poseidon_hash_span over the felts with nothing before them: the
// proof_commitment that contracts see.
func PackedCommitment(packed []felt.Felt) felt.Felt { return starkhash.PoseidonMany(packed...) }

// Pack returns the packed encoding of a proof of the given shape, of an AIR without
// lookups. It refuses a proof whose counts are not the shape's.
func Pack(s Shape, p *StarkProof) ([]felt.Felt, error) {
	return PackWithLookups(s, Interaction{}, p)
}

// pack writes the sections that proofs of all AIRs have.
func pack(s Shape, p *StarkProof) ([]felt.Felt, error) {
	if err := s.Check(p); err != nil {
		return nil, err
	}
	n, err := countsOf(s, p)
	if err != nil {
		return nil, err
	}
	w := &packer{felts: make([]felt.Felt, 0, n.felts(s))}
	w.words(append(n.words(), uint32(p.ProofOfWork), uint32(p.ProofOfWork>>32)))
	roots := append([]Hash(nil), p.Commitments...)
	for _, layer := range p.Fri.Layers() {
		roots = append(roots, layer.Commitment)
	}
	w.hashes(roots)
	var samples []m31.QM31
	for _, tree := range p.SampledValues {
		for _, column := range tree {
			samples = append(samples, column...)
		}
	}
	w.secure(samples)
	w.secure(p.Fri.LastLayer)
	for t, tree := range p.QueriedValues {
		rows := make([]m31.Element, 0, n.queries*len(tree))
		for q := range n.queries {
			for _, column := range tree {
				rows = append(rows, column[q])
			}
		}
		w.elements(rows)
		w.hashes(p.Decommitments[t])
	}
	for _, layer := range p.Fri.Layers() {
		w.secure(layer.Witness)
		w.hashes(layer.Decommitment)
	}
	return w.felts, nil
}

// Unpack reads the packed encoding of a proof of the given shape, of an AIR without
// lookups. It takes exactly what Pack returns: the counts are within the shape's
// bounds and account for every felt before anything is allocated, and unused bits
// are zero.
func Unpack(s Shape, packed []felt.Felt) (*StarkProof, error) {
	if s.Sums > 0 {
		return nil, fmt.Errorf("%w: the AIR has %d claimed sums, which Unpack does not return", ErrMalformed, s.Sums)
	}
	_, p, err := UnpackWithLookups(s, packed)
	return p, err
}

// unpack reads the sections that proofs of all AIRs have.
func unpack(s Shape, packed []felt.Felt) (*StarkProof, error) {
	r := &unpacker{felts: packed}
	trees, layers := len(s.Columns), len(s.FoldSteps)
	header, err := r.words("counts", 1+trees+2*layers+2)
	if err != nil {
		return nil, err
	}
	n, err := readCounts(s, header)
	if err != nil {
		return nil, err
	}
	if want := n.felts(s); len(packed) != want {
		return nil, fmt.Errorf("%w: packed proof of %d felts, its counts say %d", ErrMalformed, len(packed), want)
	}
	p := &StarkProof{
		Config:        s.Config,
		SampledValues: make([][][]m31.QM31, trees),
		Decommitments: make([][]Hash, trees),
		QueriedValues: make([][][]m31.Element, trees),
		ProofOfWork:   uint64(header[len(header)-1])<<32 | uint64(header[len(header)-2]),
	}
	roots, err := r.hashes("commitments", trees+layers)
	if err != nil {
		return nil, err
	}
	p.Commitments = roots[:trees:trees]
	samples, err := r.secure("samples", s.samples())
	if err != nil {
		return nil, err
	}
	for t, columns := range s.Columns {
		p.SampledValues[t] = make([][]m31.QM31, len(columns))
		for i, c := range columns {
			p.SampledValues[t][i], samples = samples[:c.Samples:c.Samples], samples[c.Samples:]
		}
	}
	if p.Fri.LastLayer, err = r.secure("last FRI layer", s.LastLayer()); err != nil {
		return nil, err
	}
	for t, columns := range s.Columns {
		rows, err := r.elements(fmt.Sprintf("values of tree %d", t), n.queries*len(columns))
		if err != nil {
			return nil, err
		}
		p.QueriedValues[t] = make([][]m31.Element, len(columns))
		for i := range columns {
			p.QueriedValues[t][i] = make([]m31.Element, n.queries)
			for q := range n.queries {
				p.QueriedValues[t][i][q] = rows[q*len(columns)+i]
			}
		}
		if p.Decommitments[t], err = r.hashes(fmt.Sprintf("siblings of tree %d", t), n.siblings[t]); err != nil {
			return nil, err
		}
	}
	for i := range layers {
		layer := FriLayer{Commitment: roots[trees+i]}
		if layer.Witness, err = r.secure(fmt.Sprintf("witness of FRI layer %d", i), n.layerWitness[i]); err != nil {
			return nil, err
		}
		if layer.Decommitment, err = r.hashes(fmt.Sprintf("siblings of FRI layer %d", i), n.layerSiblings[i]); err != nil {
			return nil, err
		}
		if i == 0 {
			p.Fri.FirstLayer = layer
			p.Fri.InnerLayers = make([]FriLayer, 0, layers-1)
		} else {
			p.Fri.InnerLayers = append(p.Fri.InnerLayers, layer)
		}
	}
	return p, nil
}

// packer appends sections.
type packer struct{ felts []felt.Felt }

func (w *packer) section(values []uint32, perFelt, bits int) {
	for len(values) > 0 {
		n := min(perFelt, len(values))
		var limbs [4]uint64
		for i, v := range values[:n] {
			at := i * bits
			limbs[at/64] |= uint64(v) << (at % 64)
			if at%64+bits > 64 {
				limbs[at/64+1] |= uint64(v) >> (64 - at%64)
			}
		}
		var b [32]byte
		for i, limb := range limbs {
			binary.BigEndian.PutUint64(b[24-8*i:], limb)
		}
		var f felt.Felt
		f.SetBytes(b[:])
		w.felts = append(w.felts, f)
		values = values[n:]
	}
}

func (w *packer) words(values []uint32) { w.section(values, wordsPerFelt, wordBits) }

func (w *packer) elements(values []m31.Element) {
	w.section(each(values, func(e m31.Element) uint32 { return uint32(e) }), elementsPerFelt, elementBits)
}

func (w *packer) secure(values []m31.QM31) {
	elements := make([]m31.Element, 0, elementsPerQM31*len(values))
	for _, v := range values {
		c := v.Coords()
		elements = append(elements, c[:]...)
	}
	w.elements(elements)
}

func (w *packer) hashes(hashes []Hash) {
	words := make([]uint32, 0, wordsPerHash*len(hashes))
	for _, h := range hashes {
		for i := range wordsPerHash {
			words = append(words, binary.LittleEndian.Uint32(h[4*i:]))
		}
	}
	w.words(words)
}

// unpacker consumes sections.
type unpacker struct{ felts []felt.Felt }

func (r *unpacker) section(name string, n, perFelt, bits int) ([]uint32, error) {
	need := feltsFor(n, perFelt)
	if len(r.felts) < need {
		return nil, fmt.Errorf("%w: packed proof ends in %s: %d felts are left, want %d", ErrMalformed, name, len(r.felts), need)
	}
	values := make([]uint32, 0, n)
	for i := range need {
		b := r.felts[i].Bytes()
		var limbs [4]uint64
		for j := range limbs {
			limbs[j] = binary.BigEndian.Uint64(b[24-8*j:])
		}
		for j := range min(perFelt, n-len(values)) {
			at := j * bits
			v := limbs[at/64] >> (at % 64)
			if at%64+bits > 64 {
				v |= limbs[at/64+1] << (64 - at%64)
			}
			v &= 1<<bits - 1
			values = append(values, uint32(v))
			clearBits(&limbs, at, bits)
		}
		if limbs != [4]uint64{} {
			return nil, fmt.Errorf("%w: unused bits of felt %d of %s are not zero", ErrMalformed, i, name)
		}
	}
	r.felts = r.felts[need:]
	return values, nil
}

// clearBits zeroes the given run of bits.
func clearBits(limbs *[4]uint64, at, bits int) {
	mask := uint64(1)<<bits - 1
	limbs[at/64] &^= mask << (at % 64)
	if at%64+bits > 64 {
		limbs[at/64+1] &^= mask >> (64 - at%64)
	}
}

func (r *unpacker) words(name string, n int) ([]uint32, error) {
	return r.section(name, n, wordsPerFelt, wordBits)
}

func (r *unpacker) elements(name string, n int) ([]m31.Element, error) {
	values, err := r.section(name, n, elementsPerFelt, elementBits)
	if err != nil {
		return nil, err
	}
	elements := make([]m31.Element, len(values))
	for i, v := range values {
		if !m31.Canonical(v) {
			return nil, fmt.Errorf("%w: %s: word %d is 2³¹ − 1, want less", ErrMalformed, name, i)
		}
		elements[i] = m31.Element(v)
	}
	return elements, nil
}

func (r *unpacker) secure(name string, n int) ([]m31.QM31, error) {
	elements, err := r.elements(name, elementsPerQM31*n)
	if err != nil {
		return nil, err
	}
	felts := make([]m31.QM31, n)
	for i := range felts {
		felts[i] = m31.FromCoords([4]m31.Element(elements[elementsPerQM31*i:]))
	}
	return felts, nil
}

func (r *unpacker) hashes(name string, n int) ([]Hash, error) {
	words, err := r.words(name, wordsPerHash*n)
	if err != nil {
		return nil, err
	}
	hashes := make([]Hash, n)
	for i := range hashes {
		for j, w := range words[wordsPerHash*i : wordsPerHash*(i+1)] {
			binary.LittleEndian.PutUint32(hashes[i][4*j:], w)
		}
	}
	return hashes, nil
}

// feltsFor returns the number of felts of a section of n words.
func feltsFor(n, perFelt int) int { return (n + perFelt - 1) / perFelt }
