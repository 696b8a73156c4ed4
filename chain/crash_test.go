package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// proxy stands between a client and the node. It records what is broadcast and can lose broadcasts on their way to the
// node, or the node's answers on their way back.
type proxy struct {
	*httptest.Server
	mu         sync.Mutex
	broadcasts [][]byte
	// onBroadcast says whether the broadcast reaches the node, and whether the answer comes back.
	onBroadcast func() (deliver, answer bool)
	// instead gives the result or the error with which the proxy itself answers a method; empty: the node answers.
	instead func(method string, params map[string]json.RawMessage) string
}

func newProxy(t *testing.T) (*proxy, *chain.Client) {
	t.Helper()
	p := &proxy{onBroadcast: func() (bool, bool) { return true, true }}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	client, err := chain.Dial(t.Context(), p.URL, chain.Sepolia)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return p, client
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var request struct {
		ID     json.RawMessage
		Method string
		Params map[string]json.RawMessage
	}
	_ = json.Unmarshal(body, &request)
	p.mu.Lock()
	own := ""
	if p.instead != nil {
		own = p.instead(request.Method, request.Params)
	}
	p.mu.Unlock()
	if own != "" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, request.ID, own)
		return
	}
	deliver, answer := true, true
	if bytes.HasPrefix([]byte(request.Method), []byte("starknet_add")) {
		p.mu.Lock()
		for _, tx := range request.Params {
			p.broadcasts = append(p.broadcasts, tx)
		}
		deliver, answer = p.onBroadcast()
		p.mu.Unlock()
	}
	if !deliver {
		panic(http.ErrAbortHandler)
	}
	out, err := http.Post(local.URL(), "application/json", bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer out.Body.Close()
	if !answer {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.Copy(w, out.Body)
}

func transferTo(to felt.Felt) abi.Call {
	return abi.Call{To: chain.FeeToken, EntryPoint: "transfer", Calldata: []felt.Felt{to, felt.One, {}}}
}

func received(t *testing.T, to felt.Felt) int64 {
	t.Helper()
	got, err := local.Client().FeeBalance(context.WithoutCancel(t.Context()), to)
	if err != nil {
		t.Fatal(err)
	}
	return got.Int64()
}

// A crash after the journal's entry is written: whether or not the broadcast reached the node, the next start sends the
// same bytes and the transfer happens once.
func TestCrashAfterPut(t *testing.T) {
	for name, delivered := range map[string]bool{"broadcast lost": false, "answer lost": true} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			p, client := newProxy(t)
			folder := t.TempDir()
			journal, err := chain.NewFileJournal(folder)
			if err != nil {
				t.Fatal(err)
			}
			s := newSender(t, client, journal)
			to := starkhash.Uint64(0xbeef)
			to.Add(&to, felt.NewFromUint64[felt.Felt](map[bool]uint64{false: 1, true: 2}[delivered]))

			// The process dies at the first broadcast.
			process, die := context.WithCancel(ctx)
			p.onBroadcast = func() (bool, bool) { die(); return delivered, false }
			if _, err := s.Send(process, transferTo(to)); !errors.Is(err, context.Canceled) {
				t.Fatalf("the dying process got %v", err)
			}
			entries, err := journal.Open(ctx, 0)
			if err != nil || len(entries) != 1 || entries[0].Accepted {
				t.Fatalf("the journal holds %+v, %v; want one open entry", entries, err)
			}

			// The next process has the folder and nothing else.
			p.onBroadcast = func() (bool, bool) { return true, true }
			journal2, err := chain.NewFileJournal(folder)
			if err != nil {
				t.Fatal(err)
			}
			accounts, _ := local.Accounts(ctx)
			var again *chain.Sender
			for _, a := range accounts {
				if a.Address == s.Address() {
					again = senderFor(t, client, journal2, a)
				}
			}
			if _, err := again.Send(ctx, transferTo(to)); !errors.Is(err, chain.ErrReread) {
				t.Fatalf("a send over an open entry: %v, want ErrReread", err)
			}
			if got := received(t, to); got != 1 {
				t.Errorf("%d transferred after recovery, want 1", got)
			}
			for i, b := range p.broadcasts {
				if !bytes.Equal(b, p.broadcasts[0]) || !sameJSON(t, b, entries[0].Transaction) {
					t.Errorf("broadcast %d differs from what was journaled", i)
				}
			}
			if done, err := again.Recover(ctx); err != nil || len(done) != 0 {
				t.Errorf("a second recovery did %v, %v", done, err)
			}
			if _, err := again.Send(ctx, transferTo(to)); err != nil {
				t.Error(err)
			}
			if got := received(t, to); got != 2 {
				t.Errorf("%d transferred at the end, want 2", got)
			}
		})
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y bytes.Buffer
	if json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		t.Fatal("no JSON")
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// An open entry whose nonce somebody else has used can never be executed: it is dropped, and the caller looks again.
func TestForeignNonce(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	journal := newJournal(t)
	s := newSender(t, client, journal)
	process, die := context.WithCancel(ctx)
	p.onBroadcast = func() (bool, bool) { die(); return false, false }
	lost := starkhash.Uint64(0xfade)
	if _, err := s.Send(process, transferTo(lost)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	p.onBroadcast = func() (bool, bool) { return true, true }
	// Another machine with the same key and no knowledge of the journal.
	accounts, _ := local.Accounts(ctx)
	for _, a := range accounts {
		if a.Address == s.Address() {
			if _, err := senderFor(t, local.Client(), newJournal(t), a).Send(ctx, transferTo(starkhash.Uint64(0xaaaa))); err != nil {
				t.Fatal(err)
			}
		}
	}
	done, err := s.Recover(ctx)
	if err != nil || len(done) != 1 || !errors.Is(done[0].Err, chain.ErrReread) {
		t.Fatalf("recovered %+v, %v", done, err)
	}
	if entries, err := journal.Open(ctx, 1<<40); err != nil || len(entries) != 0 {
		t.Errorf("the journal still holds %v, %v", entries, err)
	}
	if received(t, lost) != 0 {
		t.Error("the lost transfer happened")
	}
	if _, err := s.Send(ctx, transferTo(lost)); err != nil {
		t.Error(err)
	}
}

// A node that fails for a while costs patience, not the transaction.
func TestNodeStumbles(t *testing.T) {
	p, client := newProxy(t)
	s := newSender(t, client, newJournal(t))
	failures := 2
	p.onBroadcast = func() (bool, bool) {
		failures--
		return failures < 0, failures < 0
	}
	to := starkhash.Uint64(0x57a6)
	if _, err := s.Send(t.Context(), transferTo(to)); err != nil {
		t.Fatal(err)
	}
	if got := received(t, to); got != 1 {
		t.Errorf("%d transferred, want 1", got)
	}
}

// TestNodeBehindSequencer: the answer to a broadcast is lost, and to the next one the sequencer says that the nonce is
// used: by this very transaction, which the node has not seen yet. Nobody may conclude that nothing was executed.
func TestNodeBehindSequencer(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	journal := newJournal(t)
	s := newSender(t, client, journal)
	self := s.Address()
	var nonce string
	if err := client.Raw(ctx, "starknet_getNonce", map[string]any{"block_id": "latest", "contract_address": self.String()}, &nonce); err != nil {
		t.Fatal(err)
	}
	broadcasts := 0
	p.onBroadcast = func() (bool, bool) { return true, false }
	p.instead = func(method string, _ map[string]json.RawMessage) string {
		switch {
		case strings.HasPrefix(method, "starknet_add"):
			if broadcasts++; broadcasts > 1 {
				return `"error":{"code":52,"message":"Invalid transaction nonce"}`
			}
		case broadcasts > 1 && method == "starknet_getTransactionStatus":
			return `"error":{"code":29,"message":"Transaction hash not found"}`
		case broadcasts > 1 && method == "starknet_getNonce":
			return `"result":"` + nonce + `"`
		}
		return ""
	}
	to := starkhash.Uint64(0xfa57)
	if _, err := s.Send(ctx, transferTo(to)); err == nil || errors.Is(err, chain.ErrReread) {
		t.Fatalf("the outcome is unknown, but: %v", err)
	}
	if entries, err := journal.Open(ctx, 0); err != nil || len(entries) != 1 || entries[0].Accepted {
		t.Fatalf("the journal holds %+v, %v; want one open entry", entries, err)
	}
	// The node catches up.
	p.mu.Lock()
	p.instead, p.onBroadcast = nil, func() (bool, bool) { return true, true }
	p.mu.Unlock()
	done, err := s.Recover(ctx)
	if err != nil || len(done) != 1 || done[0].Err != nil {
		t.Fatalf("recovered %+v, %v", done, err)
	}
	if got := received(t, to); got != 1 {
		t.Errorf("%d transferred, want 1", got)
	}
}
