// Package client calls a coordinator's HTTP interface for its owner.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrUnreachable: no coordinator answers at the address.
	ErrUnreachable = errors.New("client: the coordinator does not answer")
	// ErrRefused: the coordinator answered with an error; its text follows.
	ErrRefused = errors.New("client: refused")
	// ErrFailed: the coordinator, or what stands before it, could not answer; later it may. It is also
	// ErrRefused.
	ErrFailed = fmt.Errorf("%w: it failed", ErrRefused)
	// ErrNotFound: there is no such job, or nothing to download yet. It is also ErrRefused.
	ErrNotFound = fmt.Errorf("%w: not found", ErrRefused)
)

// Client calls one coordinator. It is safe for concurrent use.
type Client struct {
	base string
	key  api.Key
	http *http.Client
}

// New makes a client for a coordinator's URL.
func New(base string, key api.Key) *Client {
	return &Client{base: strings.TrimSuffix(base, "/"), key: key, http: &http.Client{Timeout: 2 * time.Minute}}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// limits of answers.
const (
	maxAnswer = 8 << 20
	maxBlob   = max(wire.MaxResultBlob, wire.MaxProofBlob)
)

func (c *Client) do(ctx context.Context, method, path, contentType string, body []byte, limit int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", c.key.Header())
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", ErrRefused, limit)
	}
	if answer.StatusCode/100 != 2 {
		kind := ErrRefused
		switch {
		case answer.StatusCode == http.StatusNotFound:
			kind = ErrNotFound
		case answer.StatusCode >= http.StatusInternalServerError:
			kind = ErrFailed
		}
		return nil, fmt.Errorf("%w: %s", kind, problem(answer.Status, content))
	}
	return content, nil
}

// problem is the readable part of an error answer.
func problem(status string, content []byte) string {
	var p struct {
		Detail string `json:"detail"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	if json.Unmarshal(content, &p) != nil || p.Detail == "" {
		return status
	}
	text := p.Detail
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

func call[T any](ctx context.Context, c *Client, method, path string, in any) (out T, err error) {
	var body []byte
	contentType := ""
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return out, err
		}
		contentType = "application/json"
	}
	content, err := c.do(ctx, method, path, contentType, body, maxAnswer)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(content, &out); err != nil {
		return out, fmt.Errorf("%w: unreadable answer: %w", ErrRefused, err)
	}
	return out, nil
}

func jobPath(id job.ID, rest string) string { return "/v1/jobs/" + id.String() + rest }

// Health asks how the coordinator is.
func (c *Client) Health(ctx context.Context) (api.Health, error) {
	return call[api.Health](ctx, c, http.MethodGet, "/healthz", nil)
}

// Funds asks what the payer has.
func (c *Client) Funds(ctx context.Context) (api.Funds, error) {
	return call[api.Funds](ctx, c, http.MethodGet, "/v1/funds", nil)
}

// Submit submits a job.
func (c *Client) Submit(ctx context.Context, r api.SubmitRequest) (api.Job, error) {
	return call[api.Job](ctx, c, http.MethodPost, "/v1/jobs", r)
}

// Job reads a job.
func (c *Client) Job(ctx context.Context, id job.ID) (api.Job, error) {
	return call[api.Job](ctx, c, http.MethodGet, jobPath(id, ""), nil)
}

// Jobs reads a page of jobs, the newest first. An empty state means all.
func (c *Client) Jobs(ctx context.Context, state, cursor string, limit int) (api.Page[api.Job], error) {
	q := url.Values{}
	q.Set("state", state)
	q.Set("cursor", cursor)
	q.Set("limit", fmt.Sprint(limit))
	return call[api.Page[api.Job]](ctx, c, http.MethodGet, "/v1/jobs?"+q.Encode(), nil)
}

// Explain asks why workers do not get a job.
func (c *Client) Explain(ctx context.Context, id job.ID) ([]api.Explanation, error) {
	return call[[]api.Explanation](ctx, c, http.MethodGet, jobPath(id, "/explain"), nil)
}

// Cancel asks to withdraw a job.
func (c *Client) Cancel(ctx context.Context, id job.ID) (api.Job, error) {
	return call[api.Job](ctx, c, http.MethodPost, jobPath(id, "/cancel"), nil)
}

// Workers reads a page of workers.
func (c *Client) Workers(ctx context.Context, cursor string) (api.Page[api.Worker], error) {
	return call[api.Page[api.Worker]](ctx, c, http.MethodGet, "/v1/workers?cursor="+url.QueryEscape(cursor), nil)
}

// Proof downloads a job's proof file. It is a claim until it is verified against the chain.
func (c *Client) Proof(ctx context.Context, id job.ID) ([]byte, error) {
	return c.do(ctx, http.MethodGet, jobPath(id, "/proof"), "", nil, maxBlob)
}

// Result downloads the entries of a job's result.
func (c *Client) Result(ctx context.Context, id job.ID) ([]byte, error) {
	return c.do(ctx, http.MethodGet, jobPath(id, "/result"), "", nil, maxBlob)
}

// PutInput uploads a pair of matrices and returns its hash.
func (c *Client) PutInput(ctx context.Context, content []byte) (string, error) {
	answer, err := c.do(ctx, http.MethodPost, "/v1/inputs", "application/octet-stream", content, maxAnswer)
	if err != nil {
		return "", err
	}
	var out api.UploadedInput
	err = json.Unmarshal(answer, &out)
	return out.Hash, err
}
