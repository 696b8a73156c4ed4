package interop_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileDocumentsAreBounded: documents that promise much cost no more than
// their own length, times a constant, whatever numbers they hold.
func TestHostileDocumentsAreBounded(t *testing.T) {
	var c interop.Case
	for _, v := range victims() {
		if v.AIR == interop.WideFibonacci {
			c = v
		}
	}
	j := newJudge(t, c)
	honest := string(j.document)
	replace := func(old, replacement string) string {
		out := strings.Replace(honest, old, replacement, 1)
		if out == honest {
			t.Fatalf("the document does not contain %q", old)
		}
		return out
	}
	config := func(field string, was, is uint32) string {
		return replace(fmt.Sprintf("%q:%d", field, was), fmt.Sprintf("%q:%d", field, is))
	}
	const long = 1 << 17
	for name, document := range map[string]string{
		"all queries there are":       config("n_queries", c.Config.Queries, 1<<32-1),
		"a blowup of 2^(2^32)":        config("log_blowup_factor", c.Config.LogBlowup, 1<<32-1),
		"a last layer of 2^(2^32)":    config("log_last_layer_degree_bound", c.Config.LogLastLayerDegree, 1<<32-1),
		"folding by 2^(2^32)":         config("fold_step", c.Config.FoldStep, 1<<32-1),
		"lifting to 2^(2^32)":         replace(`"lifting_log_size":null`, `"lifting_log_size":4294967295`),
		"a polynomial of 2^(2^32)":    replace(`"log_size":`, `"log_size":429496729`),
		"a very long number":          replace(`"proof_of_work":`, `"proof_of_work":`+strings.Repeat("9", long)),
		"very many empty arrays":      replace(`"commitments":[`, `"commitments":[`+strings.Repeat("[],", long)),
		"very many trees of samples":  replace(`"sampled_values":[`, `"sampled_values":[`+strings.Repeat("[],", long)),
		"very many queried columns":   replace(`"queried_values":[[`, `"queried_values":[[`+strings.Repeat("[],", long)),
		"very many claimed sums":      replace(`"claimed_sums":[`, `"claimed_sums":[`+strings.Repeat("[],", long)),
		"very many layers":            replace(`"inner_layers":[`, `"inner_layers":[`+strings.Repeat("{},", long)),
		"very many levels":            strings.Repeat("[", long),
		"very many levels in a proof": replace(`"sampled_values":[`, `"sampled_values":`+strings.Repeat("[", long)),
		"very many spaces":            honest + strings.Repeat(" ", long) + "x",
		"more than may be read":       honest + strings.Repeat(" ", proof.MaxJSON),
	} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() { j.refuses(t, name, []byte(document)) })
			if limit := uint64(1<<20 + 500*len(document)); used > limit {
				t.Errorf("%d bytes allocated for %d bytes of document, want at most %d", used, len(document), limit)
			}
		})
	}
}

// TestUnpackIsBounded: a compressed file cannot unpack to more than is read.
func TestUnpackIsBounded(t *testing.T) {
	bomb, err := interop.Pack(bytes.Repeat([]byte(" "), proof.MaxJSON+1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := interop.Unpack(bomb); err == nil {
		t.Error("accepted")
	}
	if _, err := interop.Unpack(bomb[:len(bomb)/2]); err == nil {
		t.Error("half of it: accepted")
	}
}
