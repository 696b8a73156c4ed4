package hostile_test

import (
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// The modes of HostileToken, in its order.
const (
	honest = iota
	takesFee
	returnsFalse
	lies
	denies
)

type badToken struct{ at felt.Felt }

func (k badToken) mode(m uint64) abi.Call {
	return abi.Call{To: k.at, EntryPoint: "set_mode", Calldata: []felt.Felt{starkhash.Uint64(m)}}
}

func (k badToken) mint(to felt.Felt, units uint64) abi.Call {
	wei := abi.MustU256(amount.FromUnits(units))
	return abi.Call{To: k.at, EntryPoint: "mint", Calldata: append([]felt.Felt{to}, abi.Encode(func(e *abi.Encoder) { e.U256(wei) })...)}
}

// arm lets the token make a call in the middle of its next transfer.
func (k badToken) arm(call abi.Call) abi.Call { return puppetCall(k.at, "arm", call) }

const movedOther, failed = "token moved another amount", "token transfer failed"

// TestTokenThatDoesNotDeliver: units are credited for what arrived, and balances shrink by what left, whatever a token says.
func TestTokenThatDoesNotDeliver(t *testing.T) {
	token := badToken{placeHostile(t, as(t, owner), "HostileToken")}
	b := newBank(t, token.at, 25) // 0.25 %
	c := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	send(t, b.owner, token.mint(c.at, 1_000_000), by(c.at, b.register(c)), by(c.at, b.deposit(c, 50_000, 125)))
	b.check([]*customer{c}, nil)

	before := *c
	for mode, reason := range map[uint64]string{takesFee: movedOther, returnsFalse: failed, lies: movedOther, denies: failed} {
		refused(t, b.owner, reason, token.mode(mode), by(c.at, b.deposit(c, 100_000, 250)))
		*c = before
	}
	send(t, b.owner, by(c.at, b.deposit(c, 100_000, 250)))
	b.check([]*customer{c}, nil)

	before = *c
	to := starkhash.Uint64(0xfeed)
	for mode, reason := range map[uint64]string{returnsFalse: failed, lies: movedOther, denies: failed} {
		refused(t, b.owner, reason, token.mode(mode), by(c.at, b.withdraw(c, to, 40_000)))
		*c = before
		refused(t, b.owner, reason, token.mode(mode), by(c.at, b.ragequit(c, to)))
		*c = before
	}
	// What is lost behind the router is not the router's, and its books stay right.
	send(t, b.owner, token.mode(takesFee), by(c.at, b.withdraw(c, to, 40_000)), token.mode(honest))
	b.check([]*customer{c}, nil)
	send(t, b.owner, by(c.at, b.ragequit(c, to)))
	b.check([]*customer{c}, nil)
}

// TestReentrancy: the token is itself a customer and calls the router in the middle of its own transfers.
func TestReentrancy(t *testing.T) {
	token := badToken{placeHostile(t, as(t, owner), "HostileToken")}
	b := newBank(t, token.at, 0)
	c := &customer{at: token.at, key: newKey(t)}
	victim := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	send(t, b.owner, token.mint(c.at, 1_000_000), token.mint(victim.at, 1_000_000), by(c.at, b.register(c)), by(victim.at, b.register(victim)),
		by(victim.at, b.deposit(victim, 500_000, 0)), by(c.at, b.deposit(c, 100_000, 0)))
	all := []*customer{c, victim}
	b.check(all, nil)
	start := *c
	to := starkhash.Uint64(0xfeed)

	try := func(name, reason string, outer, inner func() abi.Call) {
		t.Run(name, func(t *testing.T) {
			first := outer()
			second := inner()
			refused(t, b.owner, reason, token.arm(second), by(c.at, first))
			*c = start
			b.check(all, nil)
		})
	}
	deposit := func() abi.Call { return b.deposit(c, 1_000, 0) }
	withdraw := func() abi.Call { return b.withdraw(c, to, 1_000) }
	var same abi.Call
	try("the same withdrawal again", "proof does not verify", func() abi.Call { same = withdraw(); return same }, func() abi.Call { return same })
	try("the next withdrawal", movedOther, withdraw, withdraw)
	try("all of it during a withdrawal", movedOther, withdraw, func() abi.Call { return b.ragequit(c, to) })
	try("a withdrawal during a deposit", movedOther, deposit, withdraw)
	try("the same deposit again", "nonce has changed", func() abi.Call { same = deposit(); return same }, func() abi.Call { return same })
	try("the next deposit", movedOther, deposit, deposit)
	try("a credit", "caller is not PaymentRouter", deposit, func() abi.Call {
		_, l := b.lock(c, victim, 9, 1)
		return b.router.CreditWorker(l.binding)
	})
	send(t, b.owner, by(c.at, deposit()), by(c.at, withdraw()))
	b.check(all, nil)
}
