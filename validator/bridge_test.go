package validator

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/wire"
)

func bigOf(f felt.Felt) *big.Int { return f.BigInt(new(big.Int)) }

func TestBridge(t *testing.T) {
	net := newNetwork(t, 1)
	net.start(0)
	handler := net.services[0].Handler()
	ask := func(method, path string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	awaitPolling(t, func() bool { return len(net.hosts[0].Peers()) == 1 }) // the worker serves results

	good, proof, result := work(1, "V")
	net.shelf.put(result)
	net.ledger.submit(good)
	bad, badProof, _ := work(2, "X")
	net.ledger.submit(bad)
	strange, strangeProof, _ := work(3, "V")
	strange.Slot.VerifierVersion = 9
	net.ledger.submit(strange)
	id := good.Slot.Job.String()
	for name, c := range map[string]struct {
		query string
		body  []byte
		code  int
		want  string
	}{
		"valid":             {"job_id=" + id, proof, 200, `"verdict":"VALID"`},
		"valid, attempt":    {"job_id=" + id + "&attempt=1", proof, 200, `"attempt":1`},
		"another proof":     {"job_id=" + id, badProof, 200, `"verdict":"INVALID"`},
		"empty proof":       {"job_id=" + id, nil, 200, `"verdict":"INVALID"`},
		"invalid":           {"job_id=" + bad.Slot.Job.String(), badProof, 200, `"verdict":"INVALID"`},
		"unknown rules":     {"job_id=" + strange.Slot.Job.String(), strangeProof, 422, "abstaining"},
		"unknown job":       {"job_id=0x99", proof, 404, "nothing was submitted"},
		"unknown attempt":   {"job_id=" + id + "&attempt=2", proof, 404, "nothing was submitted"},
		"no job":            {"", proof, 400, "identifier"},
		"bad job":           {"job_id=xyz", proof, 400, "identifier"},
		"attempt 0":         {"job_id=" + id + "&attempt=0", proof, 400, "from 1 on"},
		"attempt too large": {"job_id=" + id + "&attempt=4294967296", proof, 400, "from 1 on"},
		"proof too large":   {"job_id=" + id, make([]byte, p2p.MaxProof+1), 413, "at most 262144"},
	} {
		w := ask(http.MethodPost, "/validate?"+c.query, c.body)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s; want %d and %q", name, w.Code, w.Body, c.code, c.want)
		}
	}
	if w := ask(http.MethodGet, "/validate?job_id="+id, nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET /validate: %d", w.Code)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if w := ask(http.MethodGet, path, nil); w.Code != http.StatusNoContent {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	// A validator that cannot follow the chain lives, and is not ready.
	lost, err := NewService(net.services[0].config)
	if err != nil {
		t.Fatal(err)
	}
	lost.lastLook = errors.New("no answer")
	for path, want := range map[string]int{"/healthz": http.StatusNoContent, "/readyz": http.StatusServiceUnavailable} {
		w := httptest.NewRecorder()
		lost.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("GET %s without the chain: %d, want %d", path, w.Code, want)
		}
	}
	awaitPolling(t, func() bool { return len(net.services[0].Status().Contests) > 0 })
	w := ask(http.MethodGet, "/status", nil)
	var status Status
	if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if felt.Felt(status.Address) != validatorAddress(0) || !status.Member || status.Epoch != 3 || len(status.Contests) == 0 {
		t.Errorf("status %s", w.Body)
	}
	net.ledger.await(t, "a network of one decides", recorded(2, wire.Unavailable))
}
