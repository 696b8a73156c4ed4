package proof

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sage-network/sage-node/prover/m31"
)

// Limits on JSON proofs.
const (
	// MaxJSON is the size in bytes of the largest that DecodeJSON takes.
	MaxJSON = 16 << 20
	// MaxJSONParts is the largest number of its arrays and objects. A secure felt
	// takes three of them. Each costs memory, an empty one takes two bytes: this
	// bounds what a small file can make the decoder allocate.
	MaxJSONParts = 1 << 19
)

// The types below mirror the Rust crate's serde form: hashes are arrays of 32
// numbers, a QM31 is [[a, b], [c, d]] for (a + bi) + (c + di)u.
type (
	jsonFelt [2][2]uint32

	jsonProof struct {
		Config        jsonConfig         `json:"config"`
		Commitments   []Hash             `json:"commitments"`
		SampledValues [][][]jsonFelt     `json:"sampled_values"`
		Decommitments []jsonDecommitment `json:"decommitments"`
		QueriedValues [][][]m31.Element  `json:"queried_values"`
		ProofOfWork   uint64             `json:"proof_of_work"`
		Fri           jsonFri            `json:"fri_proof"`
	}
	jsonConfig struct {
		PowBits        uint32        `json:"pow_bits"`
		Fri            jsonFriConfig `json:"fri_config"`
		LiftingLogSize *uint32       `json:"lifting_log_size"`
	}
	jsonFriConfig struct {
		LogBlowup          uint32 `json:"log_blowup_factor"`
		LogLastLayerDegree uint32 `json:"log_last_layer_degree_bound"`
		Queries            uint32 `json:"n_queries"`
		FoldStep           uint32 `json:"fold_step"`
	}
	jsonDecommitment struct {
		HashWitness []Hash `json:"hash_witness"`
	}
	jsonFri struct {
		FirstLayer  jsonLayer    `json:"first_layer"`
		InnerLayers []jsonLayer  `json:"inner_layers"`
		LastLayer   jsonLinePoly `json:"last_layer_poly"`
	}
	jsonLayer struct {
		FriWitness   []jsonFelt       `json:"fri_witness"`
		Decommitment jsonDecommitment `json:"decommitment"`
		Commitment   Hash             `json:"commitment"`
	}
	jsonLinePoly struct {
		Coeffs  []jsonFelt `json:"coeffs"`
		LogSize uint32     `json:"log_size"`
	}
)

// each maps f over a slice; the result is never nil, so that it encodes as [].
func each[T, U any](in []T, f func(T) U) []U {
	out := make([]U, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func same[T any](v T) T { return v }

func toJSONFelt(f m31.QM31) jsonFelt {
	c := f.Coords()
	return jsonFelt{{uint32(c[0]), uint32(c[1])}, {uint32(c[2]), uint32(c[3])}}
}

func (f jsonFelt) felt() m31.QM31 {
	return m31.FromCoords([4]m31.Element{
		m31.Element(f[0][0]), m31.Element(f[0][1]), m31.Element(f[1][0]), m31.Element(f[1][1]),
	})
}

func toJSONFelts(in []m31.QM31) []jsonFelt { return each(in, toJSONFelt) }
func felts(in []jsonFelt) []m31.QM31       { return each(in, jsonFelt.felt) }

func toJSONHashes(in []Hash) jsonDecommitment { return jsonDecommitment{each(in, same)} }

func toJSONLayer(l FriLayer) jsonLayer {
	return jsonLayer{toJSONFelts(l.Witness), toJSONHashes(l.Decommitment), l.Commitment}
}

func (l jsonLayer) layer() FriLayer {
	return FriLayer{l.Commitment, felts(l.FriWitness), each(l.Decommitment.HashWitness, same)}
}

// EncodeJSON returns the proof as the Rust crate's serde_json writes it, without
// white space.
func EncodeJSON(p *StarkProof) ([]byte, error) {
	logSize := uint32(0)
	for 1<<logSize < len(p.Fri.LastLayer) {
		logSize++
	}
	var lifting *uint32
	if p.Config.LiftingLogSize != 0 {
		lifting = &p.Config.LiftingLogSize
	}
	return json.Marshal(jsonProof{
		Config: jsonConfig{
			PowBits: p.Config.PowBits,
			Fri: jsonFriConfig{
				LogBlowup:          p.Config.LogBlowup,
				LogLastLayerDegree: p.Config.LogLastLayerDegree,
				Queries:            p.Config.Queries,
				FoldStep:           p.Config.FoldStep,
			},
			LiftingLogSize: lifting,
		},
		Commitments: each(p.Commitments, same),
		SampledValues: each(p.SampledValues, func(tree [][]m31.QM31) [][]jsonFelt {
			return each(tree, toJSONFelts)
		}),
		Decommitments: each(p.Decommitments, toJSONHashes),
		QueriedValues: each(p.QueriedValues, func(tree [][]m31.Element) [][]m31.Element {
			return each(tree, func(column []m31.Element) []m31.Element { return each(column, same) })
		}),
		ProofOfWork: p.ProofOfWork,
		Fri: jsonFri{
			FirstLayer:  toJSONLayer(p.Fri.FirstLayer),
			InnerLayers: each(p.Fri.InnerLayers, toJSONLayer),
			LastLayer:   jsonLinePoly{toJSONFelts(p.Fri.LastLayer), logSize},
		},
	})
}

// DecodeJSON reads a proof in the Rust crate's serde form. White space aside, it
// takes only what EncodeJSON would write: no unknown, missing, repeated or
// reordered fields and no array of the wrong length.
func DecodeJSON(data []byte) (*StarkProof, error) {
	if len(data) > MaxJSON {
		return nil, fmt.Errorf("%w: JSON of %d bytes, at most %d are read", ErrTooLarge, len(data), MaxJSON)
	}
	if n := bytes.Count(data, []byte{'['}) + bytes.Count(data, []byte{'{'}); n > MaxJSONParts {
		return nil, fmt.Errorf("%w: JSON of %d arrays and objects, at most %d are read", ErrTooLarge, n, MaxJSONParts)
	}
	var j jsonProof
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, fmt.Errorf("%w: JSON: %w", ErrMalformed, err)
	}
	p := &StarkProof{
		Config: Config{
			PowBits:            j.Config.PowBits,
			LogBlowup:          j.Config.Fri.LogBlowup,
			LogLastLayerDegree: j.Config.Fri.LogLastLayerDegree,
			Queries:            j.Config.Fri.Queries,
			FoldStep:           j.Config.Fri.FoldStep,
		},
		Commitments: each(j.Commitments, same),
		SampledValues: each(j.SampledValues, func(tree [][]jsonFelt) [][]m31.QM31 {
			return each(tree, felts)
		}),
		Decommitments: each(j.Decommitments, func(d jsonDecommitment) []Hash { return each(d.HashWitness, same) }),
		QueriedValues: j.QueriedValues,
		ProofOfWork:   j.ProofOfWork,
		Fri: FriProof{
			FirstLayer:  j.Fri.FirstLayer.layer(),
			InnerLayers: each(j.Fri.InnerLayers, jsonLayer.layer),
			LastLayer:   felts(j.Fri.LastLayer.Coeffs),
		},
	}
	if j.Config.LiftingLogSize != nil {
		p.Config.LiftingLogSize = *j.Config.LiftingLogSize
	}
	if err := p.checkWords(); err != nil {
		return nil, err
	}
	want, err := EncodeJSON(p)
	if err != nil {
		return nil, err
	}
	var got bytes.Buffer
	if err := json.Compact(&got, data); err != nil {
		return nil, fmt.Errorf("%w: JSON: %w", ErrMalformed, err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		at := 0
		for at < got.Len() && at < len(want) && got.Bytes()[at] == want[at] {
			at++
		}
		return nil, fmt.Errorf("%w: JSON is not in the crate's own form, from byte %d of its compact form on", ErrMalformed, at)
	}
	return p, nil
}

// checkWords complains about the first field word that is not below P.
func (p *StarkProof) checkWords() error {
	check := func(where string, felts []m31.QM31) error {
		for _, f := range felts {
			if !f.Canonical() {
				return fmt.Errorf("%w: %s holds %v, want words less than 2³¹ − 1", ErrMalformed, where, f)
			}
		}
		return nil
	}
	for t, tree := range p.SampledValues {
		for _, column := range tree {
			if err := check(fmt.Sprintf("sampled tree %d", t), column); err != nil {
				return err
			}
		}
	}
	for t, tree := range p.QueriedValues {
		for _, column := range tree {
			for _, v := range column {
				if !m31.Canonical(uint32(v)) {
					return fmt.Errorf("%w: queried tree %d holds %d, want less than 2³¹ − 1", ErrMalformed, t, v)
				}
			}
		}
	}
	for i, layer := range p.Fri.Layers() {
		if err := check(fmt.Sprintf("FRI layer %d", i), layer.Witness); err != nil {
			return err
		}
	}
	return check("last FRI layer", p.Fri.LastLayer)
}
