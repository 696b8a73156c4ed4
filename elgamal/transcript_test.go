package elgamal

import (
	"encoding/json"
	"fmt"
	"testing"
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

// layouts names the felts of every transcript in order, as docs/payments.md does.
func layouts() map[string][]string {
	header := append([]string{"domain", "op", "chain", "contract", "caller", "asset", "key epoch", "nonce"}, points("L", "R")...)
	with := func(parts ...[]string) []string {
		out := append([]string{}, header...)
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	bits := append([]string{"n"}, points("B", "C", "A", "D")...)
	key := with(points("P", "A"))
	pay := [][]string{points("P", "W", "K")}
	for j := range 2 {
		pay = append(pay, points(fmt.Sprintf("R_%d", j), fmt.Sprintf("L_%d^P", j), fmt.Sprintf("L_%d^W", j), fmt.Sprintf("L_%d^K", j)))
	}
	pay = append(pay, []string{"job", "attempt", "worker", "payer hint", "worker hint", "balance hint"}, bits, points("A_x"))
	for j := range 2 {
		pay = append(pay, points(fmt.Sprintf("A_R%d", j), fmt.Sprintf("A_P%d", j), fmt.Sprintf("A_W%d", j), fmt.Sprintf("A_K%d", j)))
	}
	return map[string][]string{
		"register": key, "rotate": key,
		"pay":      with(append(pay, points("A_C"))...),
		"withdraw": with(points("P"), []string{"to", "amount", "balance hint"}, bits, points("A_x", "A_C")),
		"ragequit": with(points("P"), []string{"to", "amount"}, points("A_P", "A_C")),
	}
}

// TestLayouts: the transcripts have the lengths that docs/payments.md states.
func TestLayouts(t *testing.T) {
	for kind, want := range map[string]int{"register": 16, "rotate": 16, "pay": 69, "withdraw": 30, "ragequit": 20} {
		if got := len(layouts()[kind]); got != want {
			t.Errorf("%s: %d felts, want %d", kind, got, want)
		}
	}
}

type namedFelt struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// transcripts verifies the valid vectors and writes down what is hashed.
func transcripts(t *testing.T, vs []golden) []byte {
	t.Helper()
	type entry struct {
		Name      string      `json:"name"`
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
		if len(names) != len(hashed.felts) {
			t.Fatalf("%s: %d felts, want %d", g.Name, len(hashed.felts), len(names))
		}
		c := hashed.challenge()
		cf := c.Felt()
		e := entry{Name: g.Name, Challenge: cf.String()}
		for i, f := range hashed.felts {
			e.Felts = append(e.Felts, namedFelt{names[i], f.String()})
		}
		out = append(out, e)
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
