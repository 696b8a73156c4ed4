package proof

import "github.com/sage-network/sage-node/prover/m31"

// Hash is a Blake2s-256 digest: a Merkle node or root.
type Hash = [32]byte

// StarkProof is a proof of one AIR instance. All slices indexed by tree follow
// the order of commitment: the preprocessed tree, the AIR's own trees, the
// composition polynomial's tree.
type StarkProof struct {
	// Config is what the prover says it used. A verifier compares it with the
	// configuration that it demands and never takes it from here.
	Config Config
	// Commitments are the trees' roots.
	Commitments []Hash
	// SampledValues[tree][column][i] is the column's polynomial at the i-th
	// point of its mask around the out-of-domain point.
	SampledValues [][][]m31.QM31
	// Decommitments[tree] are the Merkle siblings that the queried leaves do
	// not determine, bottom-up and left to right.
	Decommitments [][]Hash
	// QueriedValues[tree][column][q] is the column at the q-th query position,
	// positions ascending and without duplicates.
	QueriedValues [][][]m31.Element
	// ProofOfWork is the nonce ground before the queries are drawn.
	ProofOfWork uint64
	// Fri proves that the quotients have low degree.
	Fri FriProof
}

// FriProof is the low-degree proof of the combined quotients.
type FriProof struct {
	FirstLayer  FriLayer
	InnerLayers []FriLayer
	// LastLayer holds the last layer polynomial's coefficients in the crate's
	// (bit-reversed) order.
	LastLayer []m31.QM31
}

// FriLayer is one committed FRI layer.
type FriLayer struct {
	Commitment Hash
	// Witness holds the layer's values that complete the cosets of the queried
	// positions, in ascending order of position.
	Witness []m31.QM31
	// Decommitment holds Merkle siblings as StarkProof.Decommitments does.
	Decommitment []Hash
}

// Layers returns all committed FRI layers, the first one first.
func (p *FriProof) Layers() []*FriLayer {
	layers := make([]*FriLayer, 0, 1+len(p.InnerLayers))
	layers = append(layers, &p.FirstLayer)
	for i := range p.InnerLayers {
		layers = append(layers, &p.InnerLayers[i])
	}
	return layers
}
