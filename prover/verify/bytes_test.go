package verify_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

// bytesOf returns a proof and its interaction packed, as bytes, and a function that
// reads them back.
func bytesOf(t testing.TB, c claim) ([]byte, func([]byte) (claim, error)) {
	t.Helper()
	shape, err := c.instance.AIR.Shape(c.instance.Config)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := proof.PackWithLookups(shape, c.instance.Interaction, c.proof)
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for i := range packed {
		b := packed[i].Bytes()
		data = append(data, b[:]...)
	}
	return data, func(data []byte) (claim, error) {
		out := c
		felts := make([]felt.Felt, len(data)/32)
		for i := range felts {
			if err := felts[i].SetBytesCanonical(data[32*i : 32*(i+1)]); err != nil {
				return out, proof.ErrMalformed
			}
		}
		out.instance.Interaction, out.proof, err = proof.UnpackWithLookups(shape, felts)
		return out, err
	}
}

// small are cases of every AIR whose proofs are short.
func small() []interop.Case {
	cfg := proof.Config{PowBits: 6, LogBlowup: 2, Queries: 10, FoldStep: 2}
	product := cfg
	product.LogBlowup, product.FoldStep = 4, 3
	wide := cfg // 2,400 columns
	wide.LogBlowup, wide.Queries = 1, 4
	return []interop.Case{
		assorted(), twoSizes(),
		{AIR: interop.Matmul, LogRows: 6, Config: product},
		{AIR: interop.MatmulBatch, LogRows: 6, Products: []prover.Size{{Rows: 8, Inner: 8, Columns: 8}, {Rows: 3, Inner: 7, Columns: 2}}, Config: product},
		{AIR: interop.RangeCheck, LogRows: 5, Columns: 3, Bits: 5, InteractionPowBits: 6, Config: cfg},
		{AIR: interop.Masks, LogRows: 5, Config: cfg},
		{AIR: interop.WideFibonacci, LogRows: 5, Columns: 6, Config: cfg},
		{AIR: interop.Poseidon2, LogRows: 4, Config: wide},
	}
}

// TestRefusesEachChangedByte changes one byte of a packed proof at a time, claimed sums
// and the interaction's nonce among them: some hundred of each AIR, or all of them
// with SAGE_SLOW_TESTS set.
func TestRefusesEachChangedByte(t *testing.T) {
	for _, c := range small() {
		t.Run(c.AIR, func(t *testing.T) {
			t.Parallel()
			original := proveCase(t, c)
			data, read := bytesOf(t, original)
			if again, err := read(data); err != nil || again.verify() != nil {
				t.Fatalf("the bytes of the proof itself: %v, %v", err, again.verify())
			}
			r := rand.New(rand.NewPCG(1, 2))
			every := os.Getenv("SAGE_SLOW_TESTS") != ""
			for at := range data {
				// The counts, the head and the sums are few, and always tried.
				if !every && at > 4*32 && r.IntN(len(data)) > 120 {
					continue
				}
				was := data[at]
				data[at] ^= byte(1 + r.IntN(255))
				changed, err := read(data)
				if err == nil {
					err = changed.verify()
				}
				if !documented(err) {
					t.Errorf("byte %d of %d changed from %#x to %#x: %v", at, len(data), was, data[at], err)
				}
				data[at] = was
			}
		})
	}
}

// TestRefusesProofsOfOtherConfigurations: an honest proof under weaker or merely other
// parameters is none under the demanded ones, whether it says so or claims them.
func TestRefusesProofsOfOtherConfigurations(t *testing.T) {
	demanded := proof.Config{PowBits: 8, LogBlowup: 2, Queries: 10, FoldStep: 2}
	for _, c := range []interop.Case{
		{AIR: interop.Bus, LogRows: 5, Bits: 4, InteractionPowBits: 4},
		{AIR: interop.MatmulBatch, LogRows: 6, Products: []prover.Size{{Rows: 8, Inner: 8, Columns: 8}, {Rows: 2, Inner: 2, Columns: 2}}},
	} {
		for name, change := range map[string]func(c *proof.Config){
			"less work":              func(c *proof.Config) { c.PowBits = 0 },
			"a smaller blowup":       func(c *proof.Config) { c.LogBlowup = 1 },
			"a larger blowup":        func(c *proof.Config) { c.LogBlowup = 3 },
			"one query":              func(c *proof.Config) { c.Queries = 1 },
			"one query less":         func(c *proof.Config) { c.Queries = 9 },
			"folding by less":        func(c *proof.Config) { c.FoldStep = 1 },
			"folding by more":        func(c *proof.Config) { c.FoldStep = 3 },
			"FRI a layer shorter":    func(c *proof.Config) { c.LogLastLayerDegree = 1 },
			"FRI as short as it can": func(c *proof.Config) { c.LogLastLayerDegree = 3 },
		} {
			c.Config = demanded
			change(&c.Config)
			made := proveCase(t, c)
			if err := made.verify(); err != nil {
				t.Fatalf("%s, %s: under its own configuration: %v", c.AIR, name, err)
			}
			strict := c
			strict.Config = demanded
			made.instance.Config = demanded
			made.instance.Roots = proveCase(t, strict).instance.Roots // tree 0 depends on the blowup
			if err := made.verify(); !documented(err) {
				t.Errorf("%s, %s: as it is: %v", c.AIR, name, err)
			}
			made.proof.Config = demanded
			if err := made.verify(); !documented(err) {
				t.Errorf("%s, %s: with the demanded configuration claimed: %v", c.AIR, name, err)
			}
		}
	}
	// Fewer bits of work before the challenges than are demanded.
	c := interop.Case{AIR: interop.Bus, LogRows: 5, Bits: 4, InteractionPowBits: 1, Config: demanded}
	made := proveCase(t, c)
	made.instance.InteractionPowBits = 40
	if err := made.verify(); !documented(err) {
		t.Errorf("less work before the challenges: %v", err)
	}
}
