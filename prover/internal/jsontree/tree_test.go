package jsontree_test

import (
	"math/rand/v2"
	"testing"

	"github.com/sage-network/sage-node/prover/internal/jsontree"
)

const document = `{"b":[1,2,[3,-4.50e1]],"a":{"b":null,"b":"x\u0001","":true},"c":[],"d":{}}`

func TestKeepsTheText(t *testing.T) {
	n, err := jsontree.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(n.Append(nil)); got != document {
		t.Errorf("%s, want %s", got, document)
	}
	for _, bad := range []string{"", "[1", "{} {}", `{"a"}`, "[1,]"} {
		if _, err := jsontree.Parse([]byte(bad)); err == nil {
			t.Errorf("%q was parsed", bad)
		}
	}
}

// TestMutateExplores: choices decide, the original stays, and most of what comes out
// is new.
func TestMutateExplores(t *testing.T) {
	n, err := jsontree.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	const runs = 2000
	for range runs {
		choices := make([]byte, 1+r.IntN(24))
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		text := string(jsontree.Mutate(n, jsontree.NewChoices(choices)))
		if again := string(jsontree.Mutate(n, jsontree.NewChoices(choices))); again != text {
			t.Fatalf("%x: %q, then %q", choices, text, again)
		}
		seen[text] = true
	}
	if len(seen) < runs/2 || string(n.Append(nil)) != document {
		t.Errorf("%d different documents of %d, the original is now %s", len(seen), runs, n.Append(nil))
	}
	if jsontree.Mutate(n, jsontree.NewChoices(nil)) == nil {
		t.Error("no choices, no document")
	}
}
