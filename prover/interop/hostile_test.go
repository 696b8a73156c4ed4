package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/m31"
)

// judge decodes and verifies documents for one case.
type judge struct {
	c        interop.Case
	verifier *interop.Verifier
	document []byte // the crate's
}

func newJudge(t testing.TB, c interop.Case) *judge {
	t.Helper()
	v, err := c.Verifier(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{c, v, bytes.TrimSpace(golden(t, c))}
	if err := j.judge(j.document); err != nil {
		t.Fatalf("%s: the honest proof: %v", c.Name(), err)
	}
	return j
}

func (j *judge) judge(document []byte) error {
	s, err := interop.Decode(document)
	if err != nil {
		return err
	}
	return j.verifier.Verify(s)
}

// sample is how many changes are tried: most, or as many as keep to so many bytes of
// documents.
func (j *judge) sample(budget, most int) int { return max(2, min(most, budget/len(j.document))) }

// refuses demands that a changed document is refused.
func (j *judge) refuses(t testing.TB, what string, document []byte) {
	t.Helper()
	if bytes.Equal(document, j.document) {
		t.Fatalf("%s: %s: nothing is changed", j.c.Name(), what)
	}
	if j.judge(document) == nil {
		t.Errorf("%s: %s: accepted", j.c.Name(), what)
	}
}

// victims are golden cases of every AIR. They have so many queries that no two
// nonces lead to the same positions; with one query a proof may hold for several.
func victims() []interop.Case {
	var out []interop.Case
	seen := map[string]bool{}
	for _, c := range interop.Golden() {
		if !seen[c.AIR] && !c.Refused && c.Config.Queries >= 8 && (c.LogRows <= 6 || c.AIR == interop.Assorted) {
			seen[c.AIR] = true
			out = append(out, c)
		}
	}
	return out
}

func TestVictimsCoverEveryAIR(t *testing.T) {
	if n := len(victims()); n != 8 {
		t.Errorf("%d AIRs, want 8", n)
	}
}

// every runs f on n sampled numbers below total, or on all of them if slow tests
// are asked for and the work is not too much.
func every(t *testing.T, total, n int, f func(i int)) {
	const most = 20_000
	if os.Getenv("SAGE_SLOW_TESTS") != "" && total <= most {
		n = total
	}
	if n >= total {
		for i := range total {
			f(i)
		}
		return
	}
	r := rand.New(rand.NewPCG(1, uint64(total)))
	for range n {
		f(r.IntN(total))
	}
}

// TestRefusesChangedBytes changes single bytes of the document: a bit of each, so
// that digits become other digits and structure breaks.
func TestRefusesChangedBytes(t *testing.T) {
	for _, c := range victims() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, c)
			every(t, len(j.document), j.sample(2<<20, 60), func(i int) {
				changed := bytes.Clone(j.document)
				changed[i] ^= 1 << (i % 7)
				j.refuses(t, fmt.Sprintf("bit %d of byte %d", i%7, i), changed)
				if d := j.document[i]; d >= '0' && d <= '9' {
					changed[i] = '0' + (d-'0'+5)%10
					j.refuses(t, fmt.Sprintf("digit at byte %d", i), changed)
				}
			})
		})
	}
}

// node is a place in a document: the value there can be replaced.
type node struct {
	path  string
	value any
	set   func(v any)
}

// nodes lists all values of a document, parents first.
func nodes(path string, value any, set func(v any)) []node {
	out := []node{{path, value, set}}
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			out = append(out, nodes(path+"."+key, child, func(x any) { v[key] = x })...)
		}
	case []any:
		for i, child := range v {
			out = append(out, nodes(fmt.Sprintf("%s[%d]", path, i), child, func(x any) { v[i] = x })...)
		}
	}
	return out
}

// parse reads a document without losing digits.
func parse(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// tidy writes a document with the fields in the crate's order, so that only what
// was changed is refused.
func tidy(t testing.TB, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	writeOrdered(t, &out, v)
	return out.Bytes()
}

// fieldOrder is the order in which the crate writes fields.
var fieldOrder = strings.Fields(`interaction_pow claimed_sums proof config commitments sampled_values
	decommitments queried_values proof_of_work fri_proof pow_bits fri_config lifting_log_size log_blowup_factor
	log_last_layer_degree_bound n_queries fold_step first_layer inner_layers last_layer_poly fri_witness hash_witness
	decommitment commitment coeffs log_size`)

func writeOrdered(t testing.TB, out *bytes.Buffer, value any) {
	switch v := value.(type) {
	case map[string]any:
		out.WriteByte('{')
		n := 0
		for _, key := range fieldOrder {
			child, ok := v[key]
			if !ok {
				continue
			}
			if n > 0 {
				out.WriteByte(',')
			}
			n++
			fmt.Fprintf(out, "%q:", key)
			writeOrdered(t, out, child)
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, child := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			writeOrdered(t, out, child)
		}
		out.WriteByte(']')
	case json.Number:
		out.WriteString(v.String())
	default:
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
}

// replacements are what a hostile prover might write in a value's place.
func replacements(value any) map[string]any {
	out := map[string]any{"null": nil, "a text": "1", "an object": map[string]any{}, "a negative number": json.Number("-1"),
		"a fraction": json.Number("0.5"), "2⁶⁴": json.Number("18446744073709551616"), "a giant": json.Number("1e999")}
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		if err == nil {
			out["one more"] = json.Number(fmt.Sprint(n + 1))
			out["P more"] = json.Number(fmt.Sprint(n + m31.P))
			out["2³² more"] = json.Number(fmt.Sprint(n + 1<<32))
		}
		out["with an exponent"] = json.Number(v.String() + "e0")
	case []any:
		out["one level deeper"] = []any{v}
		if len(v) > 0 {
			out["nothing"] = []any{}
			out["without the first"] = v[1:]
			out["without the last"] = v[:len(v)-1]
			out["the last one twice"] = append(append([]any(nil), v...), v[len(v)-1])
			out["the first one twice"] = append([]any{v[0]}, v...)
		}
		if len(v) > 1 {
			swapped := append([]any(nil), v...)
			swapped[0], swapped[len(v)-1] = v[len(v)-1], v[0]
			if fmt.Sprint(swapped) != fmt.Sprint(v) {
				out["first and last swapped"] = swapped
			}
		}
	case nil:
		delete(out, "null")
		out["zero"] = json.Number("0")
		out["twelve"] = json.Number("12")
	}
	return out
}

// TestRefusesChangedValues replaces values of the document, wherever they are: words
// not below P, arrays of other lengths, swapped commitments, giants, wrong kinds.
func TestRefusesChangedValues(t *testing.T) {
	for _, c := range victims() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, c)
			document := parse(t, j.document)
			if !bytes.Equal(tidy(t, document), j.document) {
				t.Fatal("the document is not written as the crate does")
			}
			var all []node
			for _, n := range nodes("proof", document, func(any) {}) {
				if n.path != "proof" {
					all = append(all, n)
				}
			}
			every(t, len(all), j.sample(400<<10, 20), func(i int) {
				n := all[i]
				for what, replacement := range replacements(n.value) {
					n.set(replacement)
					j.refuses(t, n.path+": "+what, tidy(t, document))
				}
				n.set(n.value)
			})
		})
	}
}

// TestRefusesSwappedTrees exchanges what belongs to two trees or two layers.
func TestRefusesSwappedTrees(t *testing.T) {
	for _, c := range victims() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, c)
			document := parse(t, j.document)
			body := document.(map[string]any)["proof"].(map[string]any)
			layers := body["fri_proof"].(map[string]any)["inner_layers"]
			for name, list := range map[string]any{
				"commitments": body["commitments"], "sampled_values": body["sampled_values"], "decommitments": body["decommitments"],
				"queried_values": body["queried_values"], "inner_layers": layers,
				"claimed_sums": document.(map[string]any)["claimed_sums"],
			} {
				v := list.([]any)
				for a := range v {
					for b := range a {
						if fmt.Sprint(v[a]) == fmt.Sprint(v[b]) {
							continue
						}
						v[a], v[b] = v[b], v[a]
						j.refuses(t, fmt.Sprintf("%s: %d and %d swapped", name, b, a), tidy(t, document))
						v[a], v[b] = v[b], v[a]
					}
				}
			}
		})
	}
}
