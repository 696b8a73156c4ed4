package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/danielgtaylor/huma/v2"

	"github.com/sage-network/sage-node/coordinator/blob"
	"github.com/sage-network/sage-node/coordinator/commit"
	"github.com/sage-network/sage-node/coordinator/hub"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

type (
	fileOutput struct {
		ContentType string `header:"Content-Type"`
		Attempt     uint32 `header:"X-Sage-Attempt" doc:"number of the attempt that the file belongs to"`
		Body        []byte
	}
	inputInput struct {
		RawBody []byte `contentType:"application/octet-stream"`
	}
	inputOutput struct{ Body UploadedInput }
)

const binary = "application/octet-stream"

func (s *server) registerFiles(api huma.API) {
	file := map[string]*huma.Response{"200": {Description: "the file", Content: map[string]*huma.MediaType{binary: {}}}}
	huma.Register(api, huma.Operation{
		OperationID: "get-proof", Method: http.MethodGet, Path: "/v1/jobs/{id}/proof", Summary: "The proof file", Security: owner, Responses: file,
	}, func(ctx context.Context, in *idInput) (*fileOutput, error) {
		return s.file(ctx, in.ID, func(a store.Attempt) job.Hash { return a.ProofHash })
	})
	huma.Register(api, huma.Operation{
		OperationID: "get-result", Method: http.MethodGet, Path: "/v1/jobs/{id}/result", Summary: "The entries of C, row by row, little-endian u32", Security: owner, Responses: file,
	}, func(ctx context.Context, in *idInput) (*fileOutput, error) {
		return s.file(ctx, in.ID, func(a store.Attempt) job.Hash { return a.ResultHash })
	})
	huma.Register(api, huma.Operation{
		OperationID: "put-input", Method: http.MethodPost, Path: "/v1/inputs", Summary: "Upload a pair of matrices", Security: owner,
		Description:   "The length of A's binary form as little-endian u32, then both binary forms. The answer's hash is the blob of a submission.",
		DefaultStatus: http.StatusCreated, MaxBodyBytes: wire.MaxInputBlob,
	}, func(ctx context.Context, in *inputInput) (*inputOutput, error) {
		if _, _, err := wire.SplitInput(in.RawBody); err != nil {
			return nil, s.problem(err)
		}
		h, err := s.Blobs.PutInput(in.RawBody)
		if err != nil {
			return nil, s.problem(err)
		}
		return &inputOutput{UploadedInput{h.String()}}, nil
	})
}

// file serves what the best attempt of a job has submitted.
func (s *server) file(ctx context.Context, id string, which func(store.Attempt) job.Hash) (*fileOutput, error) {
	j, attempts, err := s.read(ctx, id)
	if err != nil {
		return nil, s.problem(err)
	}
	a, ok := best(attempts)
	if !ok {
		return nil, huma.Error404NotFound(fmt.Sprintf("job %s is %s: no attempt has submitted yet", j.ID, j.State))
	}
	content, err := s.Blobs.Submitted(ctx, a, which(a))
	if err != nil {
		return nil, s.problem(err)
	}
	return &fileOutput{ContentType: binary, Attempt: a.Number, Body: content}, nil
}

// best is the attempt whose files matter: the approved one, else the last that submitted.
func best(attempts []store.Attempt) (found store.Attempt, ok bool) {
	for _, a := range attempts {
		switch {
		case a.State == job.Paid || a.State == job.Approved:
			return a, true
		case !a.ProofHash.IsZero():
			found, ok = a, true
		}
	}
	return found, ok
}

// transfer waits for a place among the blobs in memory, and then bounds the time to read the request and
// to write the answer: the server itself does not, for it serves sockets and streams too.
func transfer(w http.ResponseWriter, r *http.Request, places chan struct{}) (leave func(), ok bool) {
	select {
	case places <- struct{}{}:
	case <-r.Context().Done():
		return nil, false
	}
	until, control := time.Now().Add(transferTime), http.NewResponseController(w)
	if errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until)) != nil {
		<-places
		return nil, false
	}
	return func() {
		<-places
		// The connection may serve further requests, which have time of their own.
		_ = errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{}))
	}, true
}

// enter admits one more upload of a worker.
func (s *server) enter(worker felt.Felt) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uploading[worker] >= maxUploading {
		return nil, false
	}
	s.uploading[worker]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.uploading[worker]--; s.uploading[worker] == 0 {
			delete(s.uploading, worker)
		}
	}, true
}

// putBlob takes a worker's upload; see wire.Upload.
func (s *server) putBlob(w http.ResponseWriter, r *http.Request) {
	worker, ok := s.Sessions.Authenticate(bearer(r.Header.Get("Authorization")))
	if !ok {
		refuse(w, http.StatusUnauthorized, hub.CodeAuth, errors.New("no session has this token"), "connect, and use the welcome's session token")
		return
	}
	hash, err := job.ParseHash(r.PathValue("hash"))
	if err != nil {
		refuse(w, http.StatusBadRequest, hub.CodeMalformed, err, "")
		return
	}
	u, err := wire.ParseUpload(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, hub.CodeMalformed, err, "")
		return
	}
	if r.ContentLength > u.MaxBytes() {
		refuse(w, http.StatusRequestEntityTooLarge, hub.CodeTooLarge, fmt.Errorf("%d bytes, a %s has at most %d", r.ContentLength, u.Kind, u.MaxBytes()), "")
		return
	}
	done, ok := s.enter(worker)
	if !ok {
		refuse(w, http.StatusTooManyRequests, hub.CodeRate, fmt.Errorf("%d uploads are under way", maxUploading), "one after the other")
		return
	}
	defer done()
	leave, ok := transfer(w, r, s.uploads)
	if !ok {
		return
	}
	defer leave()
	err = s.Blobs.Upload(r.Context(), worker, u, hash, r.Body)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusCreated)
	case errors.Is(err, store.ErrNotFound):
		refuse(w, http.StatusNotFound, hub.CodeStale, err, "drop the attempt")
	case errors.Is(err, store.ErrFence):
		refuse(w, http.StatusConflict, hub.CodeStale, err, "reconnect to learn the current token")
	case errors.Is(err, blob.ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, hub.CodeTooLarge, err, "")
	case errors.Is(err, blob.ErrHash), errors.Is(err, blob.ErrCommitment), errors.Is(err, commit.ErrResult):
		refuse(w, http.StatusUnprocessableEntity, hub.CodeRefused, err, "")
	case errors.Is(err, blob.ErrQuota):
		refuse(w, http.StatusTooManyRequests, hub.CodeRate, err, "")
	default:
		s.Log.Error("upload failed", "worker", worker.String(), "job", u.Job, "error", err)
		refuse(w, http.StatusInternalServerError, hub.CodeInternal, errors.New("the coordinator could not store it"), "try again later")
	}
}

// getBlob serves published blobs to anybody, and inputs to the workers that need them.
func (s *server) getBlob(w http.ResponseWriter, r *http.Request) {
	hash, err := job.ParseHash(r.PathValue("hash"))
	if err != nil {
		refuse(w, http.StatusBadRequest, hub.CodeMalformed, err, "")
		return
	}
	leave, ok := transfer(w, r, s.downloads)
	if !ok {
		return
	}
	defer leave()
	content, err := s.Blobs.Public(r.Context(), hash)
	if errors.Is(err, blob.ErrNotFound) {
		if worker, ok := s.Sessions.Authenticate(bearer(r.Header.Get("Authorization"))); ok {
			content, err = s.Blobs.Input(r.Context(), worker, hash)
		}
	}
	switch {
	case err == nil:
		w.Header().Set("Content-Type", binary)
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content)
	case errors.Is(err, blob.ErrNotFound):
		refuse(w, http.StatusNotFound, hub.CodeRefused, err, "")
	default:
		s.Log.Error("download failed", "blob", hash, "error", err)
		refuse(w, http.StatusInternalServerError, hub.CodeInternal, errors.New("the coordinator could not read it"), "try again later")
	}
}

// refuse answers a worker's request in the words of its protocol.
func refuse(w http.ResponseWriter, status int, code string, err error, hint string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Refusal{Code: code, Message: err.Error(), Hint: hint})
}
