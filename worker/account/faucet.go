package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrFaucet: the faucet did not give; the error says why.
	ErrFaucet = errors.New("account: the faucet refused")
	// ErrFaucetDown: the faucet does not answer.
	ErrFaucetDown = errors.New("account: no answer from the faucet")
	// ErrFaucetLimit: the faucet gave too recently; the error in the chain is a *[LimitError].
	ErrFaucetLimit = errors.New("account: the faucet's limit is reached")
)

// LimitError says when the faucet may be asked again.
type LimitError struct {
	Message string
	After   time.Duration // zero where the faucet did not say
}

// Error gives the faucet's words and the time.
func (e *LimitError) Error() string {
	text := ErrFaucetLimit.Error()
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.After > 0 {
		text += fmt.Sprintf("; ask again in %s", e.After)
	}
	return text
}

// Unwrap makes errors.Is(err, ErrFaucetLimit) true.
func (e *LimitError) Unwrap() error { return ErrFaucetLimit }

// Faucet gives test tokens.
type Faucet interface {
	Request(ctx context.Context, to felt.Felt) (wire.FaucetResponse, error)
}

// Enough tokens to stake for the lowest tier and to pay fees for a while: nobody who has them needs the
// faucet.
var (
	EnoughSAGE = amount.SAGE(1_000)
	EnoughFees = big.NewInt(1e18) // 1 STRK
)

// Received is the outcome of a request for tokens.
type Received struct {
	Asked       bool // the faucet was asked
	Transaction felt.Felt
	Deployed    bool // the account was deployed now
	Before, Now Funds
}

// RequestTokens asks the faucet unless the account has [EnoughSAGE] and [EnoughFees], waits until
// tokens have arrived, for at most wait, and deploys the account. It may be repeated.
func (a *Account) RequestTokens(ctx context.Context, f Faucet, class felt.Felt, wait time.Duration) (Received, error) {
	before, err := a.Funds(ctx)
	if err != nil {
		return Received{}, err
	}
	out := Received{Before: before, Now: before}
	if before.SAGE.Cmp(EnoughSAGE) < 0 || before.Fees.Cmp(EnoughFees) < 0 {
		answer, err := f.Request(ctx, a.Address)
		if err != nil {
			return out, err
		}
		out.Asked, out.Transaction = true, felt.Felt(answer.Transaction)
		if out.Now, err = a.arrived(ctx, before, wait); err != nil {
			return out, err
		}
	}
	if out.Now.Deployed {
		return out, nil
	}
	if err := a.Sender.DeployAccount(ctx, class); err != nil {
		return out, err
	}
	out.Deployed = true
	out.Now, err = a.Funds(ctx)
	return out, err
}

const fundsPoll = 500 * time.Millisecond

// arrived waits until there is SAGE for a stake and more STRK than before.
func (a *Account) arrived(ctx context.Context, before Funds, wait time.Duration) (Funds, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, wait, fmt.Errorf("%w within %s", context.DeadlineExceeded, wait))
	defer cancel()
	tick := time.NewTicker(fundsPoll)
	defer tick.Stop()
	now := before
	for {
		next, err := a.Funds(ctx)
		if err == nil {
			now = next
		}
		if err != nil && ctx.Err() == nil {
			return now, err
		}
		if err == nil && now.SAGE.Cmp(EnoughSAGE) >= 0 && (now.Fees.Cmp(before.Fees) > 0 || now.Fees.Cmp(EnoughFees) >= 0) {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return now, fmt.Errorf("the tokens have not arrived: have %s SAGE and %s STRK, wait for %s SAGE and STRK for fees: %w",
				amount.Format(now.SAGE), amount.Format(now.Fees), amount.Format(EnoughSAGE), context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// HTTPFaucet is the faucet that a coordinator serves.
type HTTPFaucet struct {
	URL    string
	Client *http.Client
	// Patience is how long a faucet that refuses connections, or says that it is unavailable, is asked
	// again: it may be starting.
	Patience time.Duration
	// Waiting is told once when there is something to wait for; nil tells nobody.
	Waiting func(error)
}

// maxAnswer bounds what is read of a faucet's answer.
const maxAnswer = 16 << 10

// Request implements Faucet. A request that may have been served is never sent again.
func (f *HTTPFaucet) Request(ctx context.Context, to felt.Felt) (wire.FaucetResponse, error) {
	const longest = 2 * time.Second
	deadline := time.NewTimer(f.Patience)
	defer deadline.Stop()
	told := false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, longest) {
		answer, err := f.once(ctx, to)
		if !errors.Is(err, errStarting) {
			return answer, err
		}
		if !told && f.Waiting != nil {
			told = true
			f.Waiting(err)
		}
		select {
		case <-time.After(pause):
		case <-deadline.C:
			return answer, err
		case <-ctx.Done():
			return answer, context.Cause(ctx)
		}
	}
}

// errStarting says that the request was not served and may be sent again.
var errStarting = errors.New("not serving yet")

func (f *HTTPFaucet) once(ctx context.Context, to felt.Felt) (wire.FaucetResponse, error) {
	var answer wire.FaucetResponse
	body, err := json.Marshal(wire.FaucetRequest{Address: wire.Felt(to)})
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("%w: %w", ErrFaucetDown, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := f.Client.Do(request)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return answer, fmt.Errorf("%w: %w: %w", ErrFaucetDown, errStarting, err)
	case err != nil:
		return answer, fmt.Errorf("%w: %w", ErrFaucetDown, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer, fmt.Errorf("%w: %w", ErrFaucetDown, err)
	}
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		return answer, &LimitError{Message: refusal(content), After: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	case http.StatusServiceUnavailable:
		return answer, fmt.Errorf("%w: %w: %s: %s", ErrFaucetDown, errStarting, response.Status, refusal(content))
	default:
		return answer, fmt.Errorf("%w: %s: %s", ErrFaucet, response.Status, refusal(content))
	}
	if err := json.Unmarshal(content, &answer); err != nil || answer.SAGE == nil || answer.FeeTokens == nil {
		return answer, fmt.Errorf("%w: it answered %.80q; is faucet_url of the network profile right?", ErrFaucet, content)
	}
	return answer, nil
}

// refusal is the readable part of an error's body: a problem document (RFC 9457) or the wire's refusal.
func refusal(body []byte) string {
	var r struct{ Detail, Message, Title string }
	if json.Unmarshal(body, &r) != nil {
		return ""
	}
	for _, text := range []string{r.Detail, r.Message, r.Title} {
		if text != "" {
			return strconv.QuoteToGraphic(text[:min(len(text), 300)])
		}
	}
	return ""
}

// retryAfter reads the header (RFC 9110): seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return at.Sub(now).Round(time.Second)
	}
	return 0
}
