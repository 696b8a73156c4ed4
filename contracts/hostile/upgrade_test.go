package hostile_test

import (
	"context"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/contracts"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// TestPauseDuringEscrows: the owner can stop what enters, and nothing of what leaves.
func TestPauseDuringEscrows(t *testing.T) {
	w := newTrade(t, net)
	ctx := t.Context()
	pay := w.contracts.Payments
	void, earned, late := w.assigned(), w.assigned(), w.assigned()
	lost, won := w.pay(void, 1_000), w.pay(earned, 2_000)
	waiting := w.payment(late, 3_000)
	deposit, err := w.payer.private.Deposit(ctx, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	send(t, w.payer.Sender, w.jobs.Cancel(void, 1))
	w.approve(earned)

	send(t, w.owner, w.router.Pause(), pay.Pause())
	t.Cleanup(func() {
		boss := net.as(t, owner)
		if _, err := boss.Send(context.Background(), w.router.Unpause(), pay.Unpause()); err != nil {
			t.Error(err)
		}
	})
	refused(t, w.payer.Sender, "paused", waiting)
	refused(t, w.payer.Sender, "paused", deposit...)
	refused(t, w.payer.Sender, "caller is not the owner", w.router.Unpause())

	send(t, w.payer.Sender, pay.Refund(lost.Escrow))
	send(t, w.worker.Sender, pay.Release(won.Escrow))
	to := starkhash.Uint64(0xfeed)
	for _, p := range []party{w.payer, w.worker} {
		call, err := p.private.Rollover(ctx)
		send(t, p.Sender, ok(t, call, err))
		call, err = p.private.Withdraw(ctx, to, 500)
		send(t, p.Sender, ok(t, call, err))
		call, err = p.private.Ragequit(ctx, to)
		send(t, p.Sender, ok(t, call, err))
		if s := w.state(p); s.Balance != 0 || s.Pending != 0 {
			t.Errorf("left behind: %+v", s)
		}
	}
}

// TestUpgradeDuringEscrows: an upgrade is announced for longer than anyone needs to leave, and what was locked before is
// still there after it.
func TestUpgradeDuringEscrows(t *testing.T) {
	token := badToken{placeHostile(t, as(t, owner), "HostileToken")}
	b := newBank(t, token.at, 0)
	c := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	send(t, b.owner, token.mint(c.at, 1_000), by(c.at, b.register(c)), by(c.at, b.deposit(c, 1_000, 0)))
	call, l := b.lock(c, c, 1, 300)
	send(t, b.owner, by(b.payments, call))
	everything := func() { b.check([]*customer{c}, []*locked{l}) }
	everything()

	ctx := t.Context()
	delay, err := b.router.UpgradeDelay(ctx)
	if err != nil {
		t.Fatal(err)
	}
	at := net.profile.Contracts
	cooldown, err := bindings.NewStakingManager(felt.Felt(at.Staking), net.client).Cooldown(ctx)
	if err != nil {
		t.Fatal(err)
	}
	unbonding, err := bindings.NewValidatorRegistry(felt.Felt(at.Validators), net.client).Unbonding(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if delay <= cooldown || delay <= unbonding {
		t.Fatalf("an upgrade comes after %d s, leaving takes %d and %d", delay, cooldown, unbonding)
	}
	files, err := contracts.Load("PrivacyRouter")
	if err != nil {
		t.Fatal(err)
	}
	class, err := chain.ParseClass(files.Sierra, files.CASM)
	if err != nil {
		t.Fatal(err)
	}
	thief := net.as(t, stranger)
	refused(t, thief, "caller is not the owner", b.router.ProposeUpgrade(class.Hash()))
	refused(t, b.owner, "no upgrade proposed", b.router.ExecuteUpgrade())
	send(t, b.owner, b.router.ProposeUpgrade(class.Hash()))
	refused(t, b.owner, "upgrade delay not over", b.router.ExecuteUpgrade())
	// Every exit works while it is announced.
	send(t, b.owner, by(c.at, b.withdraw(c, starkhash.Uint64(0xfeed), 100)))
	everything()
	if err := net.IncreaseTime(ctx, time.Duration(delay-60)*time.Second); err != nil {
		t.Fatal(err)
	}
	refused(t, b.owner, "upgrade delay not over", b.router.ExecuteUpgrade())
	if err := net.IncreaseTime(ctx, 61*time.Second); err != nil {
		t.Fatal(err)
	}
	refused(t, thief, "caller is not the owner", b.router.ExecuteUpgrade())
	send(t, b.owner, b.router.ExecuteUpgrade())
	everything()
	send(t, b.owner, by(b.payments, b.refund(l)), by(c.at, b.rollover(c)), by(c.at, b.ragequit(c, starkhash.Uint64(0xfeed))))
	everything()
	if !c.balance.Equal(elgamal.Ciphertext{}) {
		t.Error("the balance is not empty")
	}
}

// TestUpgradeSoonerThanExits: a router that could be upgraded before everyone has left is not wired.
func TestUpgradeSoonerThanExits(t *testing.T) {
	boss := as(t, owner)
	files, err := contracts.Load("PrivacyRouter")
	at := place(t, boss, files, err, bindings.PrivacyRouterConstructor(boss.Address(), 4*3600, 0, auditorGrace)...)
	wiring, err := bindings.NewPrivacyRouter(felt.Felt(net.profile.Contracts.Privacy), net.client).Wiring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wiring.Privacy = at
	refused(t, boss, "upgrade delay within unbonding", bindings.NewPrivacyRouter(at, net.client).Wire(wiring))
}
