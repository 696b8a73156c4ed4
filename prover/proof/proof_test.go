package proof_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/m31"
	"github.com/sage-network/sage-node/prover/proof"
)

// A golden proof of the Rust crate as JSON, with its shape.
type golden struct {
	name  string
	json  []byte
	shape proof.Shape
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func matmulK4(t testing.TB) golden {
	t.Helper()
	var file struct {
		Proof json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(readFile(t, "matmul_k4.json"), &file); err != nil {
		t.Fatal(err)
	}
	return golden{"matmul_k4", file.Proof, shape(t, must(matmul.New(4)), matmul.Config())}
}

func shape(t testing.TB, c *air.AIR, cfg proof.Config) proof.Shape {
	t.Helper()
	s, err := c.Shape(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func goldens(t testing.TB) []golden {
	t.Helper()
	return []golden{
		matmulK4(t),
		{"widefib_6_10_2_2_8_8", readFile(t, "widefib_6_10_2_2_8_8.json"), shape(t, must(widefib.New(6, 10)),
			proof.Config{PowBits: 8, LogBlowup: 2, Queries: 8, FoldStep: 2})},
		{"widefib_8_100_1_1_30_10", readFile(t, "widefib_8_100_1_1_30_10.json"), shape(t, must(widefib.New(8, 100)),
			proof.Config{PowBits: 10, LogBlowup: 1, Queries: 30, FoldStep: 1})},
	}
}

func (g golden) decode(t testing.TB) *proof.StarkProof {
	t.Helper()
	p, err := proof.DecodeJSON(g.json)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	return p
}

func (g golden) pack(t testing.TB) []felt.Felt {
	t.Helper()
	packed, err := proof.Pack(g.shape, g.decode(t))
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	return packed
}

func TestJSONRoundTrip(t *testing.T) {
	for _, g := range goldens(t) {
		var want bytes.Buffer
		if err := json.Compact(&want, g.json); err != nil {
			t.Fatal(err)
		}
		got, err := proof.EncodeJSON(g.decode(t))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s: decoding and encoding changes the JSON", g.name)
		}
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	g := goldens(t)[1]
	text := string(g.json)
	for name, change := range map[string]string{
		"an unknown field":         strings.Replace(text, `{"config"`, `{"extra":1,"config"`, 1),
		"a repeated field":         strings.Replace(text, `"proof_of_work"`, `"proof_of_work":1,"proof_of_work"`, 1),
		"a missing field":          strings.Replace(text, `"fold_step":2`, `"fold_steps":2`, 1),
		"a word of 2³¹ − 1":        strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[2147483647,0],[0,0]]]`, 1),
		"a word of 2³¹":            strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[2147483648,0],[0,0]]]`, 1),
		"a word of 2³²":            strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[4294967296,0],[0,0]]]`, 1),
		"a negative word":          strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[-1,0],[0,0]]]`, 1),
		"a fraction":               strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[1.0,0],[0,0]]]`, 1),
		"a short felt":             strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[1,0],[0]]]`, 1),
		"a long felt":              strings.Replace(text, `[[[[1,0],[0,0]]]`, `[[[[1,0],[0,0,0]]]`, 1),
		"a short hash":             strings.Replace(text, `"commitments":[[105,`, `"commitments":[[`, 1),
		"a long hash":              strings.Replace(text, `"commitments":[[105,`, `"commitments":[[105,0,`, 1),
		"a wrong log size":         strings.Replace(text, `"log_size":0`, `"log_size":1`, 1),
		"lifting to size 0":        strings.Replace(text, `"lifting_log_size":null`, `"lifting_log_size":0`, 1),
		"null for a list":          strings.Replace(text, `"hash_witness":[]`, `"hash_witness":null`, 1),
		"text after the proof":     text + `{}`,
		"a truncated proof":        text[:len(text)/2],
		"nothing":                  "",
		"null":                     "null",
		"a nonce of more than u64": strings.Replace(text, `"proof_of_work":`, `"proof_of_work":99999999999999999999`, 1),
	} {
		if change == text {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := proof.DecodeJSON([]byte(change)); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, proof.ErrMalformed)
		}
	}
	if _, err := proof.DecodeJSON(make([]byte, proof.MaxJSON+1)); !errors.Is(err, proof.ErrTooLarge) {
		t.Errorf("oversized JSON: %v, want %v", err, proof.ErrTooLarge)
	}
}

func TestPackRoundTrip(t *testing.T) {
	for _, g := range goldens(t) {
		want := g.decode(t)
		packed := g.pack(t)
		got, err := proof.Unpack(g.shape, packed)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: unpacking gives another proof", g.name)
		}
	}
}

// TestPackedVector pins the packed encoding: contracts depend on it.
func TestPackedVector(t *testing.T) {
	var want struct {
		Felts      []string `json:"felts"`
		Commitment string   `json:"commitment"`
	}
	if err := json.Unmarshal(readFile(t, "matmul_k4_packed.json"), &want); err != nil {
		t.Fatal(err)
	}
	packed := matmulK4(t).pack(t)
	if len(packed) != len(want.Felts) {
		t.Fatalf("%d felts, want %d", len(packed), len(want.Felts))
	}
	for i := range packed {
		if packed[i].String() != want.Felts[i] {
			t.Fatalf("felt %d is %v, want %s", i, &packed[i], want.Felts[i])
		}
	}
	if c := proof.PackedCommitment(packed); c.String() != want.Commitment {
		t.Errorf("commitment %v, want %s", &c, want.Commitment)
	}
}

// TestDecodeJSONRefusesManyParts: what costs memory is counted before it is read.
func TestDecodeJSONRefusesManyParts(t *testing.T) {
	many := strings.Repeat("[],", proof.MaxJSONParts)
	for name, text := range map[string]string{
		"columns": `{"queried_values":[[` + many + `[]]]}`,
		"layers":  `{"fri_proof":{"inner_layers":[` + strings.ReplaceAll(many, "[]", "{}") + `{}]}}`,
	} {
		if _, err := proof.DecodeJSON([]byte(text)); !errors.Is(err, proof.ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, proof.ErrTooLarge)
		}
	}
}

func TestPackRefusesAnotherShape(t *testing.T) {
	all := goldens(t)
	for i, g := range all {
		other := all[(i+1)%len(all)]
		if _, err := proof.Pack(other.shape, g.decode(t)); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s in the shape of %s: %v", g.name, other.name, err)
		}
		if _, err := proof.Unpack(other.shape, g.pack(t)); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("packed %s in the shape of %s: %v", g.name, other.name, err)
		}
	}
	g := matmulK4(t)
	p := g.decode(t)
	p.SampledValues[0][0][0].A.A = m31.P
	if _, err := proof.Pack(g.shape, p); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("a word that is not canonical: %v", err)
	}
}

func TestUnpackIsCanonical(t *testing.T) {
	for _, g := range goldens(t) {
		packed := g.pack(t)
		for name, felts := range map[string][]felt.Felt{
			"nothing":        nil,
			"a felt missing": packed[:len(packed)-1],
			"a felt more":    append(packed[:len(packed):len(packed)], felt.Felt{}),
			"counts only":    packed[:2],
		} {
			if _, err := proof.Unpack(g.shape, felts); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("%s: %s: %v, want %v", g.name, name, err, proof.ErrMalformed)
			}
		}
		// Whatever bit is flipped, what still decodes encodes to the same felts.
		rapid.Check(t, func(t *rapid.T) {
			changed := append([]felt.Felt(nil), packed...)
			i := rapid.IntRange(0, len(changed)-1).Draw(t, "felt")
			bit := rapid.IntRange(0, 250).Draw(t, "bit")
			b := changed[i].Bytes()
			b[31-bit/8] ^= 1 << (bit % 8)
			changed[i].SetBytes(b[:])
			p, err := proof.Unpack(g.shape, changed)
			if err != nil {
				if !errors.Is(err, proof.ErrMalformed) {
					t.Fatal(err)
				}
				return
			}
			again, err := proof.Pack(g.shape, p)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(again, changed) {
				t.Fatalf("felt %d bit %d: decoding and encoding changes the felts", i, bit)
			}
		})
	}
}

func TestUnpackRefusesUnusedBits(t *testing.T) {
	g := matmulK4(t)
	packed := g.pack(t)
	set := func(i, bit int) []felt.Felt {
		changed := append([]felt.Felt(nil), packed...)
		b := changed[i].Bytes()
		b[31-bit/8] |= 1 << (bit % 8)
		changed[i].SetBytes(b[:])
		return changed
	}
	// The counts fill felts 0 and 1, the eight roots 64 words of felts 2 to 11,
	// the 53 samples 212 elements of felts 12 to 38, the last layer half of 39.
	for name, felts := range map[string][]felt.Felt{
		"above seven words":           set(0, 224),
		"after the roots":             set(11, 32),
		"above eight elements":        set(12, 248),
		"after the samples":           set(38, 124),
		"after the last layer":        set(39, 124),
		"at the top of the last felt": set(len(packed)-1, 250),
	} {
		if _, err := proof.Unpack(g.shape, felts); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, proof.ErrMalformed)
		}
	}
}
