// Package api is the coordinator's HTTP interface: the owner's JSON API with its OpenAPI document, the
// faucet, blobs, and the workers' door.
//
// The owner authenticates with an API key that lies in a private file (bearer token). Without it only
// /healthz, /faucet, published blobs, the workers' WebSocket and the API's description are open; none of
// them tells of jobs or prices. Workers upload blobs with their session's token.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/faucet"
	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/coordinator/source"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Chain is what submissions and health look at.
type Chain interface {
	Head(ctx context.Context) (settle.Head, error)
	Funds(ctx context.Context) (settle.Funds, error)
}

// Explainer says why workers are passed over.
type Explainer interface {
	Explain(ctx context.Context, id job.ID) ([]match.Verdict, error)
}

// Sessions authenticates workers by their session's token, and serves their sockets.
type Sessions interface {
	http.Handler
	Authenticate(token string) (felt.Felt, bool)
}

// Config of the API.
type Config struct {
	Network string
	// Payer owns the jobs.
	Payer felt.Felt
	Key   Key
	Store store.Store
	Chain Chain
	Blobs *blob.Desk
	// Sessions is the hub.
	Sessions  Sessions
	Explainer Explainer
	// Faucet is nil on networks that have none.
	Faucet *faucet.Faucet
	// Proxies are believed on who asks the faucet through them.
	Proxies source.Proxies
	// DefaultPrice of a job in private units.
	DefaultPrice store.Price
	MaxHedges    uint8
	// Offline is the silence after which a worker counts as offline.
	Offline time.Duration
	Peers   func() []string
	// Level is what the payer's funds suffice for, as last seen: it asks nobody.
	Level func() settle.Level
	// Upgrades are the announced upgrades of contracts, in words; Held says that no attempt is begun because of one.
	Upgrades func() []string
	Held     func() bool
	Log      *slog.Logger
}

type server struct {
	Config
	uploads, downloads chan struct{} // blobs in memory at a time

	mu        sync.Mutex
	uploading map[felt.Felt]int // uploads of each worker
}

const (
	// maxUploads and maxDownloads bound the blobs that are in memory at a time; each is at most 8 MiB.
	// They are apart: nobody who downloads keeps a worker from delivering.
	maxUploads, maxDownloads = 16, 16
	// maxUploading is how many uploads one worker may have under way.
	maxUploading = 2
	// transferTime bounds one transfer: slow peers are cut off, for others wait.
	transferTime = time.Minute
)

// New makes the handler of the whole interface.
func New(c Config) http.Handler {
	s := &server{Config: c, uploads: make(chan struct{}, maxUploads), downloads: make(chan struct{}, maxDownloads), uploading: map[felt.Felt]int{}}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("SAGE coordinator", "1")
	config.Info.Description = "Jobs, their proofs and their workers. Errors are application/problem+json."
	config.CreateHooks = nil // no $schema fields in answers
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		ownerAuth: {Type: "http", Scheme: "bearer", Description: "the key in api.key of the coordinator's folder"},
	}
	api := humago.New(mux, config)
	api.UseMiddleware(s.authenticate(api))
	s.registerJobs(api)
	s.registerFiles(api)
	s.registerFunds(api)
	s.registerOpen(api)
	mux.HandleFunc("PUT /v1/blobs/{hash}", s.putBlob)
	mux.HandleFunc("GET /v1/blobs/{hash}", s.getBlob)
	mux.Handle("GET /worker/{address}", c.Sessions)
	return mux
}

// ownerAuth names the security scheme of the owner's operations.
const ownerAuth = "owner"

var owner = []map[string][]string{{ownerAuth: {}}}

// authenticate lets only the owner call operations that ask for it.
func (s *server) authenticate(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if len(ctx.Operation().Security) > 0 && !s.Key.matches(bearer(ctx.Header("Authorization"))) {
			ctx.SetHeader("WWW-Authenticate", "Bearer")
			_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, "this needs the coordinator's API key as bearer token; it lies in coordinator/api.key of the coordinator's SAGE_HOME")
			return
		}
		next(ctx)
	}
}

func bearer(header string) string {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// problem turns an error into an HTTP answer. What is not the caller's business is logged, not told.
func (s *server) problem(err error) error {
	for _, known := range []struct {
		err    error
		status int
	}{
		{job.ErrBadID, http.StatusBadRequest}, {job.ErrBadSpec, http.StatusUnprocessableEntity}, {job.ErrUnknownTier, http.StatusUnprocessableEntity},
		{store.ErrCursor, http.StatusBadRequest}, {store.ErrNotFound, http.StatusNotFound}, {store.ErrFence, http.StatusConflict},
		{blob.ErrNotFound, http.StatusNotFound}, {blob.ErrHash, http.StatusUnprocessableEntity}, {blob.ErrTooLarge, http.StatusRequestEntityTooLarge},
		{settle.ErrInput, http.StatusUnprocessableEntity}, {wire.ErrMalformed, http.StatusBadRequest}, {wire.ErrNotCanonical, http.StatusBadRequest},
		{faucet.ErrAddress, http.StatusUnprocessableEntity}, {faucet.ErrLimit, http.StatusTooManyRequests},
	} {
		if errors.Is(err, known.err) {
			return huma.NewError(known.status, err.Error())
		}
	}
	s.Log.Error("request failed", "error", err)
	return huma.NewError(http.StatusInternalServerError, "the coordinator could not do this; its log says why")
}

// Open operations.

type healthOutput struct{ Body Health }

type faucetInput struct {
	Body      FaucetRequest
	remote    string
	forwarded []string
}

// Resolve implements huma.Resolver.
func (i *faucetInput) Resolve(ctx huma.Context) []error {
	i.remote = ctx.RemoteAddr()
	ctx.EachHeader(func(name, value string) {
		if http.CanonicalHeaderKey(name) == source.ForwardedFor {
			i.forwarded = append(i.forwarded, value)
		}
	})
	return nil
}

type faucetOutput struct{ Body FaucetResponse }

func (s *server) registerOpen(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Summary: "Whether the coordinator works",
	}, func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
		body, err := s.health(ctx)
		if err != nil {
			return nil, err
		}
		return &healthOutput{Body: body}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/readyz", Summary: "Whether the coordinator can do its work now",
		Description: "As health, but 503 while the chain does not answer, and while the payer's funds do not cover a job of the default price or an upgrade of a contract holds new attempts.",
	}, func(ctx context.Context, _ *struct{}) (*healthOutput, error) {
		body, err := s.health(ctx)
		if err != nil {
			return nil, err
		}
		if body.Status != statusOK {
			return nil, huma.NewError(http.StatusServiceUnavailable, body.Status)
		}
		return &healthOutput{Body: body}, nil
	})
	if s.Faucet == nil {
		return
	}
	s.registerFaucet(api)
}

// statusOK is the status of a coordinator that lacks nothing.
const statusOK = "ok"

// health is what the coordinator says of itself. The error is an HTTP answer.
func (s *server) health(ctx context.Context) (Health, error) {
	out := Health{Status: statusOK, Network: s.Network, Payer: s.Payer.String()}
	if s.Peers != nil {
		out.Peers = s.Peers()
	}
	err := s.Store.View(ctx, func(r store.Reader) (err error) { out.Waiting, err = r.CountWanting(ctx); return err })
	if err != nil {
		return out, s.problem(err)
	}
	head, err := s.Chain.Head(ctx)
	if err != nil {
		s.Log.Warn("health: the chain does not answer", "error", err)
		out.Status = "the chain does not answer"
	}
	out.Block = head.Number
	if err == nil && s.Level() == settle.LevelEmpty {
		out.Status = "the payer is out of SAGE"
	}
	if s.Upgrades != nil {
		out.Upgrades = s.Upgrades()
	}
	if out.Status == statusOK && s.Held != nil && s.Held() {
		out.Status = "no attempt is begun: a contract may get a class that this program does not know"
	}
	return out, nil
}

type fundsOutput struct{ Body Funds }

func (s *server) registerFunds(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "funds", Method: http.MethodGet, Path: "/v1/funds", Summary: "What the payer has", Security: owner,
	}, func(ctx context.Context, _ *struct{}) (*fundsOutput, error) {
		f, err := s.Chain.Funds(ctx)
		if err != nil {
			return nil, s.problem(err)
		}
		return &fundsOutput{Funds{
			Payer: s.Payer.String(), Level: string(f.Level(uint64(s.DefaultPrice))), Public: amount.Format(f.Public), FeeTokens: amount.Format(f.Fees),
			Private: amount.FormatUnits(f.Private), Pending: amount.FormatUnits(f.Pending),
			Low: amount.FormatUnits(f.Low), High: amount.FormatUnits(f.High), Deposit: amount.FormatUnits(f.Deposit),
		}}, nil
	})
}

func (s *server) registerFaucet(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "faucet", Method: http.MethodPost, Path: "/faucet", Summary: "Ask for test tokens",
		Description: "Sends fee tokens and SAGE to an account address. Answers once they are there.", MaxBodyBytes: 1 << 10,
	}, func(ctx context.Context, in *faucetInput) (*faucetOutput, error) {
		to, err := wire.ParseFelt(in.Body.Address)
		if err != nil {
			return nil, s.problem(err)
		}
		sent, err := s.Faucet.Serve(ctx, to, s.Proxies.From(in.remote, in.forwarded))
		if err != nil {
			return nil, s.problem(err)
		}
		return &faucetOutput{sent}, nil
	})
}
