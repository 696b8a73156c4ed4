package elgamal

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

// transcriptJSON holds the transcript of every valid vector, felt by felt.
const transcriptJSON = "testdata/transcripts.json"

// points names two felts each.
func points(names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, n+".x", n+".y")
	}
	return out
}

// layout names the felts of a transcript: those that y is the hash of, if there is a range
// proof, and those that the challenge is the hash of.
type layout struct{ opening, all []string }

// layouts names the felts of every transcript in order, as docs/payments.md does.
func layouts() map[string]layout {
	header := append([]string{"domain", "op", "chain", "contract", "caller", "asset", "key epoch", "nonce"}, points("L", "R")...)
	with := func(parts ...[]string) []string {
		out := append([]string{}, header...)
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	opening := append([]string{"digits"}, points("B")...)
	digits := []string{"y"}
	for k := range digitValues - 1 {
		digits = append(digits, points(fmt.Sprintf("W_%d", k+1))...)
	}
	digits = append(digits, points("A", "W_0")...)
	key := with(points("P", "A"))
	pay := [][]string{points("P", "W", "K")}
	for j := range 2 {
		pay = append(pay, points(fmt.Sprintf("R_%d", j), fmt.Sprintf("L_%d^P", j), fmt.Sprintf("L_%d^W", j), fmt.Sprintf("L_%d^K", j)))
	}
	pay = append(pay, []string{"job", "attempt", "worker", "payer hint", "worker hint", "balance hint"}, opening)
	after := append(digits[:len(digits):len(digits)], points("A_x")...)
	for j := range 2 {
		after = append(after, points(fmt.Sprintf("A_R%d", j), fmt.Sprintf("A_P%d", j), fmt.Sprintf("A_W%d", j), fmt.Sprintf("A_K%d", j))...)
	}
	return map[string]layout{
		"register": {all: key}, "rotate": {all: key},
		"pay":      {with(pay...), append(after, points("A_C")...)},
		"withdraw": {with(points("P"), []string{"to", "amount", "balance hint"}, opening), append(digits, points("A_x", "A_C")...)},
		"ragequit": {all: with(points("P"), []string{"to", "amount"}, points("A_P", "A_C"))},
	}
}

// TestLayouts: the transcripts have the lengths that docs/payments.md states.
func TestLayouts(t *testing.T) {
	for kind, want := range map[string][2]int{"register": {0, 16}, "rotate": {0, 16}, "pay": {43, 55}, "withdraw": {20, 39}, "ragequit": {0, 20}} {
		if got := [2]int{len(layouts()[kind].opening), len(layouts()[kind].all)}; got != want {
			t.Errorf("%s: %d felts, want %d", kind, got, want)
		}
	}
}

type namedFelt struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func name(t *testing.T, names []string, felts []felt.Felt) []namedFelt {
	t.Helper()
	if len(names) != len(felts) {
		t.Fatalf("%d felts with %d names", len(felts), len(names))
	}
	var out []namedFelt
	for i, f := range felts {
		out = append(out, namedFelt{names[i], f.String()})
	}
	return out
}

// transcripts verifies the valid vectors and writes down what is hashed.
func transcripts(t *testing.T, vs []golden) []byte {
	t.Helper()
	type entry struct {
		Name      string      `json:"name"`
		Opening   []namedFelt `json:"opening,omitempty"`
		Felts     []namedFelt `json:"felts"`
		Challenge string      `json:"challenge"`
	}
	var out []entry
	for _, g := range vs {
		if !g.Valid {
			continue
		}
		d, err := decodeFelts(kindOf(g.Name), unhex(t, g.Context), unhex(t, g.Statement), unhex(t, g.Proof))
		if err != nil {
			t.Fatalf("%s: %v", g.Name, err)
		}
		hashed := d.transcript()
		names := layouts()[kindOf(g.Name)]
		c := hashed.challenge()
		cf := c.Felt()
		out = append(out, entry{g.Name, name(t, names.opening, hashed.opening), name(t, names.all, hashed.felts), cf.String()})
	}
	raw, err := json.MarshalIndent(map[string]any{
		"origin":      "what the verifiers hash for the valid vectors of proofs.json; go test ./elgamal -run Golden -update",
		"transcripts": out,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(raw, '\n')
}
