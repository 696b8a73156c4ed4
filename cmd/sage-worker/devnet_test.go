package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/deploy"
	"github.com/sage-network/sage-node/chain/devnet"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/wire"
)

// faucet serves POST /faucet with the contracts' faucet and the local network's fee tokens.
type faucet struct {
	t       *testing.T
	network *devnet.Devnet
	owner   *chain.Sender
	address felt.Felt // of the contract
}

func (f *faucet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request wire.FaucetRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, to := r.Context(), felt.Felt(request.Address)
	contract := bindings.NewFaucet(f.address, f.network.Client())
	refuse := func(err error) {
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(wire.Refusal{Code: "rate_limited", Message: err.Error()})
	}
	drip, err := contract.DripAmount(ctx)
	if err != nil {
		refuse(err)
		return
	}
	receipt, err := f.owner.Send(ctx, contract.Drip(to))
	if err != nil {
		refuse(err)
		return
	}
	if err := f.network.Mint(ctx, to, amount.SAGE(100)); err != nil {
		refuse(err)
		return
	}
	_ = json.NewEncoder(w).Encode(wire.FaucetResponse{Transaction: wire.Felt(receipt.Hash), FeeTokens: amount.SAGE(100), SAGE: drip.Big()})
}

// TestDevnet runs the scripts that need a chain on a local Starknet with the project's contracts.
func TestDevnet(t *testing.T) {
	if testing.Short() {
		t.Skip("a local Starknet takes a while")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel) // the scripts run in parallel, after this function
	network, err := devnet.Start(ctx, devnet.Options{Seed: 41, Accounts: 1})
	if err != nil {
		t.Fatalf("the test needs a local Starknet: %v", err)
	}
	t.Cleanup(network.Stop)
	accounts, err := network.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	journal, err := chain.NewFileJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	owner, err := chain.NewSender(network.Client(), chain.SenderConfig{Address: accounts[0].Address, Signer: accounts[0].Key, Journal: journal})
	if err != nil {
		t.Fatal(err)
	}
	auditor, err := elgamal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	gives := &faucet{t: t, network: network, owner: owner}
	server := httptest.NewServer(gives)
	t.Cleanup(server.Close)
	parameters := deploy.Local()
	parameters.Cooldown, parameters.MaxWindows = 1200, deploy.Local().Windows
	p, err := deploy.Run(ctx, deploy.Config{
		Name: "test", RPC: network.URL(), Owner: owner, Parameters: parameters, Auditor: auditor,
		Coordinator: server.URL, Faucet: server.URL + "/faucet",
	})
	if err != nil {
		t.Fatal(err)
	}
	gives.address = felt.Felt(p.Contracts.Faucet)
	path := filepath.Join(t.TempDir(), "test.json")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/devnet",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": exitStatus,
			"advance": func(ts *testscript.TestScript, _ bool, args []string) {
				by, err := time.ParseDuration(args[0])
				ts.Check(err)
				ts.Check(network.IncreaseTime(ctx, by))
				ts.Check(network.CreateBlock(ctx))
			},
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAGE_NETWORK", path)
			return home(env)
		},
	})
}
