package validator

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
)

const (
	bridgeTimeout = time.Minute
	bridgeAtOnce  = 4
)

// Validation is the bridge's answer to POST /validate. It is an opinion, unsigned: money moves by
// certificates alone.
type Validation struct {
	Job     job.ID `json:"job_id"`
	Attempt uint32 `json:"attempt"`
	Finding
}

type problem struct {
	Error string `json:"error"`
}

// Handler serves HTTP:
//
//	GET  /healthz                          204: the program runs
//	GET  /readyz                           204 while the chain is followed, else 503
//	GET  /status                           Status
//	POST /validate?job_id=0x…[&attempt=n]  body: the proof file, at most 256 KiB; answer: Validation
//
// The statement is always the chain's. Without attempt, the job's latest submission is meant. Errors
// are {"error": …} with 400 (bad request), 404 (nothing submitted), 413 (proof too large), 422
// (rules that this program does not know), 429 (busy; Retry-After), 502 (no answer from the chain).
func (s *Service) Handler() http.Handler {
	busy := make(chan struct{}, bridgeAtOnce)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		err := s.lastLook
		s.mu.Unlock()
		if err != nil {
			answer(w, http.StatusServiceUnavailable, problem{err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, s.Status())
	})
	mux.HandleFunc("POST /validate", func(w http.ResponseWriter, r *http.Request) {
		select {
		case busy <- struct{}{}:
			defer func() { <-busy }()
		default:
			w.Header().Set("Retry-After", "5")
			answer(w, http.StatusTooManyRequests, problem{"too many validations under way; try again in a few seconds"})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), bridgeTimeout)
		defer cancel()
		s.validate(ctx, w, r)
	})
	return mux
}

func (s *Service) validate(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	id, err := job.ParseID(r.URL.Query().Get("job_id"))
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	var number uint64
	if text := r.URL.Query().Get("attempt"); text != "" {
		if number, err = strconv.ParseUint(text, 10, 32); err != nil || number == 0 {
			answer(w, http.StatusBadRequest, problem{"attempt is a number from 1 on"})
			return
		}
	}
	blob, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p2p.MaxProof))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		answer(w, http.StatusRequestEntityTooLarge, problem{"a proof file has at most " + strconv.Itoa(p2p.MaxProof) + " bytes"})
		return
	} else if err != nil {
		answer(w, http.StatusBadRequest, problem{"body not received: " + err.Error()})
		return
	}
	attempt, err := s.config.Chain.Attempt(ctx, id, uint32(number))
	if errors.Is(err, ErrNoSubmission) {
		answer(w, http.StatusNotFound, problem{err.Error()})
		return
	} else if err != nil {
		answer(w, http.StatusBadGateway, problem{err.Error()})
		return
	}
	finding, err := Judge{Verifier: s.config.Verifier, Blobs: s.config.Host, From: s.workerPeer(ctx, attempt)}.JudgeProof(ctx, attempt, blob)
	switch {
	case errors.Is(err, ErrAbstain):
		answer(w, http.StatusUnprocessableEntity, problem{err.Error()})
	case err != nil:
		answer(w, http.StatusGatewayTimeout, problem{"validation was cut short: " + err.Error()})
	default:
		answer(w, http.StatusOK, Validation{attempt.Slot.Job, attempt.Slot.Attempt, finding})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
