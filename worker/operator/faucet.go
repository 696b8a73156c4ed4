package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrFaucet: the faucet did not give; the error says why.
	ErrFaucet = errors.New("the faucet refused")
	// ErrNoFaucet: the network has none.
	ErrNoFaucet = errors.New("this network has no faucet")
)

// Limits of a faucet's answer and of the wait for its tokens.
const (
	maxFaucetAnswer = 16 << 10
	faucetPoll      = 500 * time.Millisecond
)

// Received is what a faucet gave.
type Received struct {
	Transaction felt.Felt
	Before      Public
	After       Public
}

// RequestTokens asks the network's faucet for fee tokens and SAGE, waits until both have arrived, and
// deploys the account. An account that has tokens of an earlier request, but is not deployed, is
// deployed even when the faucet refuses to give again.
func (o *Operator) RequestTokens(ctx context.Context, client *http.Client) (Received, error) {
	if o.Profile.Faucet == "" {
		return Received{}, fmt.Errorf("%w: %s", ErrNoFaucet, o.Profile.Name)
	}
	before, err := o.Public(ctx)
	if err != nil {
		return Received{}, err
	}
	out := Received{Before: before, After: before}
	answer, err := o.ask(ctx, client)
	switch {
	case err == nil:
		out.Transaction = felt.Felt(answer.Transaction)
		if out.After, err = o.arrived(ctx, before, answer); err != nil {
			return out, err
		}
	case errors.Is(err, ErrFaucet) && !before.Deployed && before.Fees.Sign() > 0:
	default:
		return out, err
	}
	if err := o.Sender.DeployAccount(ctx, felt.Felt(o.Profile.AccountClass)); err != nil {
		return out, err
	}
	out.After, err = o.Public(ctx)
	return out, err
}

// ask sends the request.
func (o *Operator) ask(ctx context.Context, client *http.Client) (wire.FaucetResponse, error) {
	var answer wire.FaucetResponse
	body, err := json.Marshal(wire.FaucetRequest{Address: wire.Felt(o.Account)})
	if err != nil {
		return answer, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Profile.Faucet, bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return answer, fmt.Errorf("faucet: %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxFaucetAnswer))
	if err != nil {
		return answer, fmt.Errorf("faucet: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var r wire.Refusal
		text := res.Status
		if json.Unmarshal(b, &r) == nil && r.Message != "" {
			text += ": " + r.Message
		}
		if after := res.Header.Get("Retry-After"); after != "" {
			text += " (again in " + after + " s)"
		}
		return answer, fmt.Errorf("%w: %s", ErrFaucet, text)
	}
	if err := json.Unmarshal(b, &answer); err != nil || answer.SAGE == nil || answer.FeeTokens == nil || answer.SAGE.Sign() < 0 || answer.FeeTokens.Sign() < 0 {
		return answer, fmt.Errorf("faucet: its answer is not one: %.100q", b)
	}
	return answer, nil
}

// arrived waits for what the faucet says it has sent.
func (o *Operator) arrived(ctx context.Context, before Public, answer wire.FaucetResponse) (Public, error) {
	sage := new(big.Int).Add(before.SAGE, answer.SAGE)
	fees := new(big.Int).Add(before.Fees, answer.FeeTokens)
	tick := time.NewTicker(faucetPoll)
	defer tick.Stop()
	for {
		now, err := o.Public(ctx)
		if err != nil {
			return now, err
		}
		if now.SAGE.Cmp(sage) >= 0 && now.Fees.Cmp(fees) >= 0 {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return now, fmt.Errorf("waiting for the faucet's tokens: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}
