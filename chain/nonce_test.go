package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/internal/starkhash"
)

const (
	noSuchBlock       = `"error":{"code":24,"message":"Block not found"}`
	noSuchTransaction = `"error":{"code":29,"message":"Transaction hash not found"}`
	nonceUsed         = `"error":{"code":52,"message":"Invalid transaction nonce"}`
)

// nonceOf is the account's nonce as the devnet answers it.
func nonceOf(t *testing.T, account felt.Felt) string {
	t.Helper()
	var nonce string
	if err := local.Client().Raw(t.Context(), "starknet_getNonce", map[string]any{"block_id": "latest", "contract_address": account.String()}, &nonce); err != nil {
		t.Fatal(err)
	}
	return nonce
}

// TestNodesBehindOneAddress: after a transaction is accepted, the address is answered by a node that has not got its block.
// What it says of the nonce is not believed: the next transaction takes the next nonce, and nothing is sent twice.
func TestNodesBehindOneAddress(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	s := newSender(t, client, newJournal(t))
	before := nonceOf(t, s.Address())
	to := starkhash.Uint64(0x1a66)
	if _, err := s.Send(ctx, transferTo(to)); err != nil {
		t.Fatal(err)
	}
	behind, asked := 3, 0
	p.mu.Lock()
	p.instead = func(method string, params map[string]json.RawMessage) string {
		if method != "starknet_getNonce" {
			return ""
		}
		asked++
		switch named := strings.Contains(string(params["block_id"]), "block_number"); {
		case !named:
			return `"result":"` + before + `"` // older than what the first transaction has used
		case behind > 0:
			behind--
			return noSuchBlock
		}
		return ""
	}
	p.mu.Unlock()
	if _, err := s.Send(ctx, transferTo(to)); err != nil {
		t.Fatal(err)
	}
	if got := received(t, to); got != 2 {
		t.Errorf("%d transferred, want 2", got)
	}
	if len(p.broadcasts) != 2 || behind != 0 {
		t.Errorf("%d broadcasts after %d questions, want one for each transaction", len(p.broadcasts), asked)
	}
}

// TestNodeThatStaysBehind: without an answer that settles it nothing is sent, and the error says why.
func TestNodeThatStaysBehind(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	s := newSender(t, client, newJournal(t))
	before := nonceOf(t, s.Address())
	to := starkhash.Uint64(0x1a67)
	if _, err := s.Send(ctx, transferTo(to)); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.instead = func(method string, params map[string]json.RawMessage) string {
		switch {
		case method != "starknet_getNonce":
			return ""
		case strings.Contains(string(params["block_id"]), "block_number"):
			return noSuchBlock
		}
		return `"result":"` + before + `"`
	}
	p.mu.Unlock()
	if _, err := s.Send(ctx, transferTo(to)); !errors.Is(err, chain.ErrBehind) {
		t.Errorf("%v, want ErrBehind", err)
	}
	if got := received(t, to); got != 1 || len(p.broadcasts) != 1 {
		t.Errorf("%d transferred in %d broadcasts, want 1", got, len(p.broadcasts))
	}
}

// TestNodesDisagreeAboutALostAnswer: the answer to a broadcast is lost with the process. The next one hears of the used nonce
// from a node that is up to date, and of the transaction from nodes that are not: it is its own all the same.
func TestNodesDisagreeAboutALostAnswer(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	journal := newJournal(t)
	s := newSender(t, client, journal)
	process, die := context.WithCancel(ctx)
	p.onBroadcast = func() (bool, bool) { die(); return true, false }
	to := starkhash.Uint64(0x1a68)
	if _, err := s.Send(process, transferTo(to)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	behind := 2
	p.mu.Lock()
	p.onBroadcast = func() (bool, bool) { return true, true }
	p.instead = func(method string, _ map[string]json.RawMessage) string {
		switch {
		case strings.HasPrefix(method, "starknet_add"):
			return nonceUsed
		case method == "starknet_getTransactionStatus" && behind > 0:
			behind--
			return noSuchTransaction
		}
		return ""
	}
	p.mu.Unlock()
	done, err := s.Recover(ctx)
	if err != nil || len(done) != 1 || done[0].Err != nil {
		t.Fatalf("recovered %+v, %v; want the transaction, executed", done, err)
	}
	if got := received(t, to); got != 1 {
		t.Errorf("%d transferred, want 1", got)
	}
}

// TestUnclearRefusal: an error behind the node says nothing of the transaction, which may have got through.
func TestUnclearRefusal(t *testing.T) {
	ctx := t.Context()
	p, client := newProxy(t)
	journal := newJournal(t)
	s := newSender(t, client, journal)
	failures := 1
	p.instead = func(method string, _ map[string]json.RawMessage) string {
		if strings.HasPrefix(method, "starknet_add") && failures > 0 {
			failures--
			return `"error":{"code":63,"message":"An unexpected error occurred"}`
		}
		return ""
	}
	to := starkhash.Uint64(0x1a69)
	if _, err := s.Send(ctx, transferTo(to)); err == nil || errors.Is(err, chain.ErrRejected) || errors.Is(err, chain.ErrReread) {
		t.Fatalf("the outcome is unknown, but: %v", err)
	}
	if entries, err := journal.Open(ctx, 0); err != nil || len(entries) != 1 || entries[0].Accepted {
		t.Fatalf("the journal holds %+v, %v; want one open entry", entries, err)
	}
	if done, err := s.Recover(ctx); err != nil || len(done) != 1 || done[0].Err != nil {
		t.Fatalf("recovered %+v, %v", done, err)
	}
	if got := received(t, to); got != 1 {
		t.Errorf("%d transferred, want 1", got)
	}
}
