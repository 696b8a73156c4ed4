package account

import (
	"context"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/wire"
)

func request(t *testing.T, patience time.Duration, handler http.HandlerFunc) (wire.FaucetResponse, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	f := &HTTPFaucet{URL: server.URL + "/faucet", Client: server.Client(), Patience: patience}
	return f.Request(t.Context(), starkhash.Uint64(7))
}

const granted = `{"transaction_hash":"0x9","fee_tokens":5,"sage":2000000000000000000000}`

func TestFaucetAnswers(t *testing.T) {
	got, err := request(t, 0, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/faucet" || string(body) != `{"address":"0x7"}` {
			t.Errorf("%s %s %s", r.Method, r.URL.Path, body)
		}
		_, _ = w.Write([]byte(granted))
	})
	if err != nil || got.SAGE.Cmp(amount.SAGE(2000)) != 0 || got.FeeTokens.Int64() != 5 || got.Transaction != wire.Felt(starkhash.Uint64(9)) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFaucetRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		body   string
		want   error
		says   string
	}{
		"limit, problem document": {429, "90", `{"detail":"once a day"}`, ErrFaucetLimit, `"once a day"; ask again in 1m30s`},
		"limit without time":      {429, "", ``, ErrFaucetLimit, "limit is reached"},
		"refusal of the wire":     {422, "", `{"code":"address","message":"no account"}`, ErrFaucet, "no account"},
		"down":                    {503, "", `{"title":"starting"}`, ErrFaucetDown, "starting"},
		"another service":         {200, "", `<html>`, ErrFaucet, "faucet_url"},
		"half an answer":          {200, "", `{"transaction_hash":"0x9"}`, ErrFaucet, "faucet_url"},
		"terminal codes":          {500, "", "{\"detail\":\"\\u001b[2Jgone\"}", ErrFaucet, `\x1b`},
		"endless":                 {200, "", strings.Repeat(" ", 2*maxAnswer) + granted, ErrFaucet, ""},
	} {
		_, err := request(t, 0, func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v, want %v saying %q", name, err, c.want, c.says)
		}
	}
}

// TestFaucetIsWaitedFor starts the service after the first request was refused.
func TestFaucetIsWaitedFor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var served atomic.Int32
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(granted))
	})}
	defer server.Close()
	ended := make(chan error, 1)
	f := &HTTPFaucet{URL: "http://" + address, Client: &http.Client{}, Patience: time.Minute, Waiting: func(err error) {
		if !errors.Is(err, ErrFaucetDown) {
			t.Errorf("waits for %v", err)
		}
		again, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		go func() { ended <- server.Serve(again) }()
	}}
	if _, err := f.Request(t.Context(), felt.One); err != nil || served.Load() != 2 {
		t.Fatalf("%v after %d requests", err, served.Load())
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	f.Patience, f.Waiting = time.Millisecond, nil
	if _, err := f.Request(t.Context(), felt.One); !errors.Is(err, ErrFaucetDown) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestFaucetIsAskedOnce: an answer that broke off may have been a grant.
func TestFaucetIsAskedOnce(t *testing.T) {
	var served atomic.Int32
	_, err := request(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	})
	if !errors.Is(err, ErrFaucetDown) || served.Load() != 1 {
		t.Errorf("%v after %d requests", err, served.Load())
	}
}

type grant struct {
	to    *ledger
	sage  *big.Int
	asked int
}

func (g *grant) Request(context.Context, felt.Felt) (wire.FaucetResponse, error) {
	g.asked++
	g.to.sage = new(big.Int).Add(g.to.sage, g.sage)
	g.to.fees = new(big.Int).Add(g.to.fees, big.NewInt(1))
	return wire.FaucetResponse{Transaction: wire.Felt(felt.One), SAGE: g.sage, FeeTokens: big.NewInt(1)}, nil
}

func TestRequestTokens(t *testing.T) {
	l := newLedger()
	l.deployed, l.sage, l.fees = false, new(big.Int), new(big.Int)
	g := &grant{to: l, sage: amount.SAGE(2_000)}
	got, err := l.account().RequestTokens(t.Context(), g, felt.One, time.Minute)
	if err != nil || !got.Asked || !got.Deployed || !got.Now.Deployed || got.Now.SAGE.Cmp(amount.SAGE(2_000)) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	// Enough of both, not deployed: only the account is deployed. All there: nothing happens.
	l.fees, l.deployed = EnoughFees, false
	for _, deployed := range []bool{true, false} {
		got, err = l.account().RequestTokens(t.Context(), g, felt.One, time.Minute)
		if err != nil || got.Asked || got.Deployed != deployed || g.asked != 1 {
			t.Errorf("%+v, %v after %d requests", got, err, g.asked)
		}
	}
	// A faucet that gives too little.
	l.sage, g.sage = new(big.Int), amount.SAGE(1)
	_, err = l.account().RequestTokens(t.Context(), g, felt.One, time.Millisecond)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "have 1 SAGE") || !strings.Contains(err.Error(), "1000 SAGE") {
		t.Errorf("too little: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "90": 90 * time.Second, "-1": 0, "soon": 0, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Thu, 01 Jan 2026 00:00:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
