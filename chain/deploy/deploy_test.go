package deploy_test

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/chain/upgrades"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

func sender(t *testing.T, client *chain.Client, address felt.Felt, key starkhash.PrivateKey) *chain.Sender {
	t.Helper()
	journal, err := chain.NewFileJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := chain.NewSender(client, chain.SenderConfig{Address: address, Signer: key, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newKey(t *testing.T) starkhash.PrivateKey {
	t.Helper()
	key, err := starkhash.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestRun(t *testing.T) {
	ctx := t.Context()
	d, err := devnet.Start(ctx, devnet.Options{Seed: 3, Accounts: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	client := d.Client()
	accounts, err := d.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	owner := sender(t, client, accounts[0].Address, accounts[0].Key)
	auditor, err := elgamal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	config := deploy.Config{
		Name: "test", RPC: d.URL(), Owner: owner, Salt: starkhash.Uint64(1), Parameters: deploy.Local(), Auditor: auditor,
		Coordinator: "http://127.0.0.1:8645", Faucet: "http://127.0.0.1:8645/faucet",
	}
	fees := amount.SAGE(50)
	for range 4 {
		key := newKey(t)
		address := chain.AccountAddress(chain.AccountClass, key.PublicKey())
		config.Validators = append(config.Validators, deploy.Validator{
			Sender: sender(t, client, address, key), VoteKey: newKey(t), Stake: amount.SAGE(10_000), Fees: fees,
		})
	}

	// Runs that are cut off at any step are finished by the next one.
	cuts := 0
	config.Log = func(string) {}
	interrupted := config
	var p *profile.Profile
	for {
		short, cut := context.WithCancel(ctx)
		steps := 0
		interrupted.Log = func(line string) {
			t.Log(line)
			if steps++; steps == 4 {
				cut()
			}
		}
		p, err = deploy.Run(short, interrupted)
		cut()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || cuts > 20 {
			t.Fatal(err)
		}
		cuts++
	}
	if cuts < 2 {
		t.Errorf("the deployment was cut off %d times, want more", cuts)
	}

	// Once more changes nothing.
	nonce, err := client.Nonce(ctx, owner.Address())
	if err != nil {
		t.Fatal(err)
	}
	again, err := deploy.Run(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	if after, err := client.Nonce(ctx, owner.Address()); err != nil || after != nonce {
		t.Errorf("a second run sent %d transactions (%v)", after-nonce, err)
	}
	if !reflect.DeepEqual(p, again) {
		t.Errorf("a second run gives another profile:\n%+v\n%+v", p, again)
	}

	// The profile holds what a client needs.
	path := filepath.Join(t.TempDir(), "test.json")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if p, err = profile.Load(path); err != nil {
		t.Fatal(err)
	}
	check(t, d, p, auditor, config)
	announced(t, client, p, config)
	inSteps(t, d, config)
}

// announced: the classes that were deployed are those that programs are built for, and an upgrade is seen coming.
func announced(t *testing.T, client *chain.Client, p *profile.Profile, config deploy.Config) {
	ctx := t.Context()
	bare := *p
	bare.Classes = nil // what the programs know by themselves
	look := func() []upgrades.Notice {
		t.Helper()
		notices, err := upgrades.Look(ctx, client, upgrades.Contracts(&bare, nil))
		if err != nil {
			t.Fatal(err)
		}
		return notices
	}
	if notices := look(); len(notices) != 0 {
		t.Errorf("a network that was just deployed: %v", notices)
	}
	jobs, class := bindings.NewJobManager(felt.Felt(p.Contracts.Jobs), client), starkhash.Uint64(0xc1a55)
	if _, err := config.Owner.Send(ctx, jobs.ProposeUpgrade(class)); err != nil {
		t.Fatal(err)
	}
	head, err := client.Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	delay := time.Duration(config.Parameters.UpgradeDelay) * time.Second
	notices := look()
	if len(notices) != 1 || notices[0].Contract != "JobManager" || notices[0].Class != class || notices[0].Known || notices[0].InForce ||
		!notices[0].From.Equal(head.Timestamp.Add(delay)) {
		t.Errorf("notices %v, want JobManager's from %s on", notices, head.Timestamp.Add(delay))
	}
	if _, err := config.Owner.Send(ctx, jobs.CancelUpgrade()); err != nil {
		t.Fatal(err)
	}
	if notices := look(); len(notices) != 0 {
		t.Errorf("cancelled: %v", notices)
	}
}

// inSteps sets a second network up as its operator does: nobody is seated by deploy itself.
func inSteps(t *testing.T, d *devnet.Devnet, config deploy.Config) {
	ctx, client := t.Context(), d.Client()
	newcomer := config.Validators[0]
	config.Salt, config.Validators, config.Auditor, config.Coordinator, config.Faucet = starkhash.Uint64(2), nil, elgamal.SecretKey{}, "", ""
	config.Log = func(line string) { t.Log(line) }
	undone := func() int {
		t.Helper()
		p, err := deploy.Run(ctx, config)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := deploy.Undone(ctx, client, p)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(lines)
		return len(lines)
	}
	if n := undone(); n != 4 {
		t.Errorf("%d things are undone, want 4: seats, auditor, bootstrap peers, coordinator", n)
	}
	var err error
	if config.Auditor, err = elgamal.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	config.Allow, config.Bootstrap, config.Coordinator = []felt.Felt{newcomer.Sender.Address()}, []string{"/ip4/127.0.0.1/tcp/1/p2p/16Uiu2HAm1tvr6dRcqCEqWhnoygcH3rNcPtu8YzuqNPAVfmsjxqiv"}, "http://127.0.0.1:8645"
	if n := undone(); n != 1 {
		t.Errorf("%d things are undone, want 1: seats", n)
	}
	// Who was allowed registers by itself; sealing without anybody is refused before.
	config.Seal = true
	if _, err := deploy.Run(ctx, config); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("sealed without a validator: %v", err)
	}
	p, err := deploy.Run(ctx, func() deploy.Config { c := config; c.Seal = false; return c }())
	if err != nil {
		t.Fatal(err)
	}
	registry, token := bindings.NewValidatorRegistry(felt.Felt(p.Contracts.Validators), client), bindings.NewSageToken(felt.Felt(p.Contracts.Token), client)
	stake, address := abi.MustU256(newcomer.Stake), newcomer.Sender.Address()
	key := newKey(t)
	possession, err := key.Sign(wire.VoteKeyHash(client.ChainIDFelt(), registry.Address(), address, key.PublicKey().X()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Owner.Send(ctx, token.Transfer(address, stake)); err != nil {
		t.Fatal(err)
	}
	if _, err := newcomer.Sender.Send(ctx, token.Approve(registry.Address(), stake),
		registry.RegisterValidator(key.PublicKey().X(), bindings.Signature{R: possession.R, S: possession.S}, stake)); err != nil {
		t.Fatal(err)
	}
	if n := undone(); n != 0 {
		t.Errorf("%d things are undone after sealing", n)
	}
}

func check(t *testing.T, d *devnet.Devnet, p *profile.Profile, auditor elgamal.SecretKey, config deploy.Config) {
	ctx, client := t.Context(), d.Client()
	if p.FromBlock == 0 {
		t.Error("no first block")
	}
	if _, err := bindings.NewSageToken(felt.Felt(p.Contracts.Token), client.At(p.FromBlock-1)).Symbol(ctx); err == nil {
		t.Error("the token exists before the profile's first block")
	}
	token := bindings.NewSageToken(felt.Felt(p.Contracts.Token), client)
	if symbol, err := token.Symbol(ctx); err != nil || symbol != "SAGE" {
		t.Errorf("token %q, %v", symbol, err)
	}
	registry := bindings.NewValidatorRegistry(felt.Felt(p.Contracts.Validators), client)
	sealed, err := registry.GenesisSealed(ctx)
	if err != nil || !sealed {
		t.Errorf("genesis sealed: %v, %v", sealed, err)
	}
	epoch, err := registry.CurrentEpoch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	table, err := registry.Table(ctx, epoch)
	if err != nil || len(table) != 4 {
		t.Fatalf("table of epoch %d: %v, %v", epoch, table, err)
	}
	stake := new(big.Int)
	for i, e := range table {
		stake.Add(stake, e.Stake.Big())
		if i > 0 && table[i-1].Validator.Cmp(&e.Validator) >= 0 {
			t.Error("the table is not ascending")
		}
	}
	if stake.Cmp(amount.SAGE(40_000)) != 0 {
		t.Errorf("stake of %s SAGE", amount.Format(stake))
	}
	public := auditor.Public().Point()
	if x := public.X(); !x.Equal((*felt.Felt)(&p.Auditor.X)) {
		t.Error("the profile names another auditor")
	}
	jobs := bindings.NewJobManager(felt.Felt(p.Contracts.Jobs), client)
	wiring, err := jobs.Wiring(ctx)
	if err != nil || wiring.Privacy != felt.Felt(p.Contracts.Privacy) || wiring.Reputation != felt.Felt(p.Contracts.Reputation) {
		t.Errorf("wiring %+v, %v", wiring, err)
	}
	faucet := bindings.NewFaucet(felt.Felt(p.Contracts.Faucet), client)
	to := starkhash.Uint64(0x5a6e)
	if _, err := config.Validators[0].Sender.Send(ctx, faucet.Drip(to)); err != nil {
		t.Fatal(err)
	}
	if got, err := token.BalanceOf(ctx, to); err != nil || got.Big().Cmp(config.Parameters.Faucet.Drip) != 0 {
		t.Errorf("the faucet gave %v, %v", got, err)
	}
	var revert *chain.RevertError
	if _, err := config.Validators[0].Sender.Send(ctx, faucet.Drip(to)); !errors.As(err, &revert) || revert.Reason != "recipient served too recently" {
		t.Errorf("a second drip: %v", err)
	}
	if err := d.IncreaseTime(ctx, time.Duration(config.Parameters.Faucet.Interval)*time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Validators[0].Sender.Send(ctx, faucet.Drip(to)); err != nil {
		t.Errorf("a drip after the interval: %v", err)
	}
}

func TestParameters(t *testing.T) {
	for name, p := range map[string]deploy.Parameters{"local": deploy.Local(), "testnet": deploy.Testnet(), "mainnet": deploy.Mainnet()} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*deploy.Parameters){
		"supply":    func(p *deploy.Parameters) { p.Supply = new(big.Int) },
		"cooldown":  func(p *deploy.Parameters) { p.Cooldown = p.MaxWindows.Submit },
		"unbonding": func(p *deploy.Parameters) { p.Unbonding = p.EpochLength },
		"evidence": func(p *deploy.Parameters) {
			p.Unbonding = 2*p.EpochLength + p.MaxWindows.Decide + 3*p.MaxWindows.Appeal
		},
		"upgrade delay": func(p *deploy.Parameters) { p.UpgradeDelay = p.Cooldown },
		"long offer":    func(p *deploy.Parameters) { p.MaxWindows.Accept = p.UpgradeDelay },
		"epoch":         func(p *deploy.Parameters) { p.EpochLength = 0 },
		"fee":           func(p *deploy.Parameters) { p.DepositFee = 1001 },
		"auditor grace": func(p *deploy.Parameters) { p.AuditorGrace = 86_401 },
		"faucet":        func(p *deploy.Parameters) { p.Faucet.DailyCap = new(big.Int) },
	} {
		p := deploy.Local()
		change(&p)
		if p.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
