package account

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy"
	"github.com/sage-network/sage-node/wire"
)

// ledger is a small model of what the flows see of the chain.
type ledger struct {
	deployed   bool
	fees, sage *big.Int
	now        time.Time
	worker     bindings.WorkerInfo
	private    *privacy.State
	deposited  uint64 // by the call that is built

	sent     [][]string     // entry points of each transaction
	failures []error        // of the next sends
	before   func(*ledger)  // runs before each send, like another transaction that comes first
	calls    map[string]int // how often the state was read
}

func newLedger() *ledger {
	return &ledger{deployed: true, fees: amount.SAGE(10), sage: amount.SAGE(5_000), now: time.Unix(1_000, 0), calls: map[string]int{}}
}

func (l *ledger) account() *Account {
	return &Account{Address: starkhash.Uint64(7), Chain: l, Token: l, Staking: staking{l}, Private: l, Sender: l}
}

func (l *ledger) FeeBalance(context.Context, felt.Felt) (*big.Int, error) { return l.fees, nil }
func (l *ledger) Deployed(context.Context, felt.Felt) (bool, error)       { return l.deployed, nil }
func (l *ledger) Latest(context.Context) (chain.Block, error) {
	return chain.Block{Timestamp: l.now}, nil
}
func (l *ledger) BalanceOf(context.Context, felt.Felt) (abi.U256, error) {
	return abi.U256FromBig(l.sage)
}
func (l *ledger) Approve(felt.Felt, abi.U256) abi.Call { return abi.Call{EntryPoint: "approve"} }

type staking struct{ *ledger }

func (staking) Address() felt.Felt { return starkhash.Uint64(3) }
func (s staking) Worker(context.Context, felt.Felt) (bindings.WorkerInfo, error) {
	s.calls["worker"]++
	return s.worker, nil
}
func (staking) TierMinimum(_ context.Context, tier uint8) (abi.U256, error) {
	return abi.U256FromBig(amount.SAGE(job.Tier(tier).MinStakeSAGE()))
}
func (staking) Stake(abi.U256, uint8) abi.Call   { return abi.Call{EntryPoint: "stake"} }
func (staking) RequestUnstake(abi.U256) abi.Call { return abi.Call{EntryPoint: "request_unstake"} }
func (staking) WithdrawUnstaked() abi.Call       { return abi.Call{EntryPoint: "withdraw_unstaked"} }
func (staking) Deregister() abi.Call             { return abi.Call{EntryPoint: "deregister"} }
func (staking) RegisterWorker(abi.U256, bool, abi.U256, abi.U256) abi.Call {
	return abi.Call{EntryPoint: "register_worker"}
}

func (l *ledger) Registered(context.Context) (bool, error) { return l.private != nil, nil }
func (l *ledger) State(context.Context) (privacy.State, error) {
	if l.private == nil {
		return privacy.State{}, privacy.ErrNotRegistered
	}
	return *l.private, nil
}
func (l *ledger) Register(context.Context) (abi.Call, error) {
	return abi.Call{EntryPoint: "register"}, nil
}
func (l *ledger) Deposit(_ context.Context, units uint64) ([]abi.Call, error) {
	l.deposited = units
	return []abi.Call{{EntryPoint: "approve"}, {EntryPoint: "deposit"}}, nil
}
func (l *ledger) Rollover(context.Context) (abi.Call, error) {
	if l.private.Credits == 0 {
		return abi.Call{}, privacy.ErrNothingPending
	}
	return abi.Call{EntryPoint: "rollover"}, nil
}
func (l *ledger) Withdraw(context.Context, felt.Felt, uint64) (abi.Call, error) {
	return abi.Call{EntryPoint: "withdraw"}, nil
}

func (l *ledger) DeployAccount(context.Context, felt.Felt) error {
	l.deployed = true
	l.sent = append(l.sent, []string{"deploy"})
	return nil
}

func (l *ledger) Send(_ context.Context, calls ...abi.Call) (chain.Receipt, error) {
	if l.before != nil {
		l.before(l)
	}
	if len(l.failures) > 0 {
		err := l.failures[0]
		l.failures = l.failures[1:]
		return chain.Receipt{}, err
	}
	var names []string
	for _, c := range calls {
		names = append(names, c.EntryPoint)
		switch c.EntryPoint {
		case "rollover":
			l.private.Balance += l.private.Pending
			l.private.Pending, l.private.Credits = 0, 0
		case "deposit":
			l.private.Balance += l.deposited - 1 // a fee
			l.sage = minusUnits(l.sage, l.deposited)
		case "register":
			l.private = &privacy.State{}
		case "register_worker":
			l.worker.Status = bindings.WorkerStatusActive
		}
	}
	l.sent = append(l.sent, names)
	return chain.Receipt{Hash: starkhash.Uint64(uint64(len(l.sent)))}, nil
}

func wei(t *testing.T, sage string) abi.U256 {
	t.Helper()
	v, err := amount.Parse(sage)
	if err != nil {
		t.Fatal(err)
	}
	return abi.MustU256(v)
}

func (l *ledger) staked(t *testing.T, status bindings.WorkerStatus, tier job.Tier, active, bonded, unstaking string) *ledger {
	l.worker = bindings.WorkerInfo{Status: status, Tier: uint8(tier), Active: wei(t, active), Bonded: wei(t, bonded), Unstaking: wei(t, unstaking), UnlockAt: 1 << 40}
	return l
}

// TestRefusalsNameBothAmounts: what the chain would refuse is refused before anything is sent.
func TestRefusalsNameBothAmounts(t *testing.T) {
	stake := func(n uint64, tier job.Tier) func(*Account) error {
		return func(a *Account) error { _, err := a.Stake(t.Context(), amount.SAGE(n), tier); return err }
	}
	unstake := func(n uint64) func(*Account) error {
		return func(a *Account) error { _, err := a.Unstake(t.Context(), amount.SAGE(n)); return err }
	}
	register := func(a *Account) error {
		_, err := a.Register(t.Context(), NodeKey{}, func(job.Tier) wire.Manifest { return wire.Manifest{} })
		return err
	}
	payOut := func(units uint64) func(*Account) error {
		return func(a *Account) error { _, err := a.Withdraw(t.Context(), felt.One, &units); return err }
	}
	deregister := func(a *Account) error { _, err := a.Deregister(t.Context()); return err }
	registered := func(l *ledger, bonds uint32) *ledger {
		l.worker.NodeKeyX[31], l.worker.OpenBonds = 1, bonds
		return l
	}
	active, none := bindings.WorkerStatusActive, bindings.WorkerStatusNone
	for name, c := range map[string]struct {
		ledger *ledger
		do     func(*Account) error
		want   error
		says   string
	}{
		"stake without account":    {&ledger{}, stake(1000, 1), ErrNotDeployed, "0x7"},
		"stake below minimum":      {newLedger(), stake(2_000, job.TierWorkstation), ErrInsufficient, "have 2000 SAGE, need 2500 SAGE, the minimum of tier Workstation"},
		"stake above balance":      {newLedger(), stake(6_000, job.TierConsumer), ErrInsufficient, "have 5000 SAGE, need 6000 SAGE for the stake; the minimum of tier Consumer is 1000 SAGE"},
		"stake for a lower tier":   {newLedger().staked(t, active, job.TierDataCenter, "5000", "0", "0"), stake(1_000, job.TierConsumer), ErrState, "cannot be lowered"},
		"unstake nothing":          {newLedger(), unstake(1), ErrState, "nothing is staked"},
		"unstake too much":         {newLedger().staked(t, active, 1, "1000", "0", "0"), unstake(1_001), ErrInsufficient, "have 1000 SAGE, need 1001 SAGE"},
		"unstake what is bonded":   {newLedger().staked(t, active, 1, "2000", "1500", "0"), unstake(1_000), ErrInsufficient, "have 500 SAGE, need 1000 SAGE; open attempts hold 1500 SAGE"},
		"unstake below minimum":    {newLedger().staked(t, active, 1, "1500", "0", "0"), unstake(501), ErrInsufficient, "have 999 SAGE, need 1000 SAGE"},
		"register without stake":   {newLedger(), register, ErrInsufficient, "have 0 SAGE, need at least 1000 SAGE"},
		"register after slashing":  {newLedger().staked(t, bindings.WorkerStatusStaked, 2, "2400", "0", "0"), register, ErrInsufficient, "have 2400 SAGE, need 2500 SAGE"},
		"register twice":           {newLedger().staked(t, active, 1, "1000", "0", "0"), register, ErrRegistered, "ACTIVE with this node key"},
		"register on the way out":  {newLedger().staked(t, bindings.WorkerStatusUnstaking, 1, "0", "0", "5"), register, ErrState, "on its way out"},
		"deregister nobody":        {newLedger(), deregister, ErrState, "not registered"},
		"deregister with bonds":    {registered(newLedger().staked(t, active, 1, "1000", "100", "0"), 1), deregister, ErrState, "1 attempts are open, and hold 100 SAGE"},
		"deregister with stake":    {registered(newLedger().staked(t, active, 1, "1000", "0", "0"), 0), deregister, ErrState, "1000 SAGE are staked"},
		"deregister too early":     {registered(newLedger().staked(t, bindings.WorkerStatusUnstaking, 1, "0", "0", "5"), 0), deregister, ErrState, "5 SAGE are still on their way out"},
		"withdraw without account": {newLedger().staked(t, none, 0, "0", "0", "0"), payOut(1), privacy.ErrNotRegistered, ""},
	} {
		err := c.do(c.ledger.account())
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
		if len(c.ledger.sent) > 0 {
			t.Errorf("%s: sent %v", name, c.ledger.sent)
		}
	}
}

func TestDeregister(t *testing.T) {
	l := newLedger().staked(t, bindings.WorkerStatusUnstaking, 1, "0", "0", "0")
	l.worker.NodeKeyX[31] = 1
	if _, err := l.account().Deregister(t.Context()); err != nil || len(l.sent) != 1 || !slices.Equal(l.sent[0], []string{"deregister"}) {
		t.Errorf("sent %v, %v", l.sent, err)
	}
}

func TestRegisterSkipsWhatIsDone(t *testing.T) {
	for name, c := range map[string]struct {
		private *privacy.State
		want    []string
	}{
		"both":        {nil, []string{"register", "register_worker"}},
		"worker only": {&privacy.State{}, []string{"register_worker"}},
	} {
		l := newLedger().staked(t, bindings.WorkerStatusStaked, job.TierWorkstation, "2500", "0", "0")
		l.private = c.private
		var asked job.Tier
		got, err := l.account().Register(t.Context(), NodeKey{}, func(tier job.Tier) wire.Manifest { asked = tier; return wire.Manifest{} })
		if err != nil || len(l.sent) != 1 || !slices.Equal(l.sent[0], c.want) || got.Private != (c.private == nil) || got.Worker.Status != "ACTIVE" {
			t.Errorf("%s: %+v, %v, sent %v", name, got, err, l.sent)
		}
		if asked != job.TierWorkstation {
			t.Errorf("%s: the manifest is for tier %s", name, asked)
		}
	}
}

// TestFlowsAreDecidedAnew: nothing was executed, so the flow reads again; other failures end it.
func TestFlowsAreDecidedAnew(t *testing.T) {
	l := newLedger()
	l.failures = []error{chain.ErrReread, chain.ErrReread}
	if _, err := l.account().Stake(t.Context(), amount.SAGE(1000), 1); err != nil || len(l.sent) != 1 || l.calls["worker"] != 3 {
		t.Errorf("%v, sent %v after %d looks", err, l.sent, l.calls["worker"])
	}
	// Meanwhile the money went elsewhere.
	l = newLedger()
	l.failures = []error{chain.ErrReread}
	l.before = func(l *ledger) { l.sage = amount.SAGE(1) }
	if _, err := l.account().Stake(t.Context(), amount.SAGE(1000), 1); !errors.Is(err, ErrInsufficient) || len(l.sent) != 0 {
		t.Errorf("%v, sent %v", err, l.sent)
	}
	l = newLedger()
	l.failures = []error{chain.ErrReread, chain.ErrReread, chain.ErrReread, chain.ErrReread}
	if _, err := l.account().Stake(t.Context(), amount.SAGE(1000), 1); !errors.Is(err, chain.ErrReread) || len(l.sent) != 0 {
		t.Errorf("for ever: %v, sent %v", err, l.sent)
	}
	l = newLedger()
	l.failures = []error{&chain.RevertError{Reason: "paused"}}
	if _, err := l.account().Stake(t.Context(), amount.SAGE(1000), 1); !errors.Is(err, chain.ErrReverted) || len(l.sent) != 0 {
		t.Errorf("paused: %v, sent %v", err, l.sent)
	}
}

// TestClaim: a payment that arrives while the claim is made is in the claim.
func TestClaim(t *testing.T) {
	l := newLedger()
	l.private = &privacy.State{Balance: 5, Pending: 10, Credits: 1}
	l.failures = []error{&chain.RevertError{Reason: "pending has changed"}}
	first := true
	l.before = func(l *ledger) {
		if first {
			first = false
			l.private.Pending, l.private.Credits = 30, 2
		}
	}
	got, err := l.account().Claim(t.Context())
	if err != nil || got.Units != 30 || got.Credits != 2 || got.Balance != 35 || got.Transaction.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	again, err := l.account().Claim(t.Context())
	if err != nil || again.Units != 0 || again.Balance != 35 || !again.Transaction.IsZero() || len(l.sent) != 1 {
		t.Errorf("again: %+v, %v, sent %v", again, err, l.sent)
	}
	out, err := l.account().Withdraw(t.Context(), felt.One, nil)
	if err != nil || out.Units != 35 {
		t.Errorf("all: %+v, %v", out, err)
	}
}

func minusUnits(wei *big.Int, units uint64) *big.Int {
	return new(big.Int).Sub(wei, amount.FromUnits(units))
}

func TestDeposit(t *testing.T) {
	l := newLedger()
	l.private = &privacy.State{Balance: 5}
	l.failures = []error{chain.ErrReread}
	got, err := l.account().Deposit(t.Context(), 100)
	if err != nil || got.Units != 100 || got.Fee != 1 || got.Balance != 104 || got.Transaction.IsZero() || !slices.Equal(l.sent[0], []string{"approve", "deposit"}) {
		t.Errorf("%+v, %v, sent %v", got, err, l.sent)
	}
	for name, c := range map[string]struct {
		units   uint64
		private *privacy.State
		want    error
	}{
		"nothing":    {0, &privacy.State{}, ErrState},
		"too much":   {5_001_000_000_000, &privacy.State{}, ErrInsufficient},
		"no account": {5, nil, privacy.ErrNotRegistered},
	} {
		l := newLedger()
		l.private = c.private
		if _, err := l.account().Deposit(t.Context(), c.units); !errors.Is(err, c.want) || len(l.sent) > 0 {
			t.Errorf("%s: %v, sent %v", name, err, l.sent)
		}
	}
}
