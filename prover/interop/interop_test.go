package interop_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/prove"
	"github.com/sage-network/sage-node/prover/verify"
)

// golden reads the crate's proof of a case.
func golden(t testing.TB, c interop.Case) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", c.GoldenFile()))
	if err != nil {
		t.Fatal(err)
	}
	data, err := interop.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sealed(t testing.TB, c interop.Case) interop.Sealed {
	t.Helper()
	s, err := interop.Decode(golden(t, c))
	if err != nil {
		t.Fatalf("%s: %v", c.Name(), err)
	}
	return s
}

// TestVerifiesProofsOfTheCrate: every golden proof holds for its own statement and
// for no other, but for the one that the crate refuses too.
func TestVerifiesProofsOfTheCrate(t *testing.T) {
	for _, c := range interop.Golden() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			s := sealed(t, c)
			err := c.Verify(context.Background(), s)
			if c.Refused {
				if !errors.Is(err, verify.ErrMerkle) {
					t.Errorf("the crate refuses this proof, here: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Words = append(c.Words, 1)
			if c.Verify(context.Background(), s) == nil {
				t.Error("the proof also holds for another statement")
			}
		})
	}
}

// TestEqualsTheCrate: proofs of the same traces are equal in every byte.
func TestEqualsTheCrate(t *testing.T) {
	for _, c := range interop.Golden() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			got, err := c.Prove(context.Background(), prove.Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			difference, err := interop.Difference(got, sealed(t, c))
			if err != nil {
				t.Fatal(err)
			}
			if difference != "" {
				t.Error(difference)
			}
		})
	}
}

func TestNoTwoCasesShareAName(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range append(interop.Golden(), interop.Large()...) {
		if seen[c.Name()] {
			t.Error(c.Name())
		}
		seen[c.Name()] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := f.Name()
		if filepath.Ext(name) == ".gz" && !seen[name[:len(name)-len(".json.gz")]] {
			t.Errorf("%s belongs to no case", name)
		}
	}
}
