// Package depot moves blobs between a worker and its coordinator's blob store over HTTP, with the
// session's token.
package depot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/executor"
)

// Tokens gives the session's bearer token, waiting for a session if there is none.
type Tokens interface {
	Token(ctx context.Context) (string, error)
}

// Client of a coordinator's blob store.
type Client struct {
	base   *url.URL
	http   *http.Client
	tokens Tokens
}

var _ executor.Depot = (*Client)(nil)

// New makes a client; base is the coordinator's URL. A nil http means http.DefaultClient.
func New(base *url.URL, httpClient *http.Client, tokens Tokens) *Client {
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	return &Client{base: base, http: httpClient, tokens: tokens}
}

// maxRefusal bounds what is read of an error answer.
const maxRefusal = 4 << 10

// Put uploads a blob. It returns nil only for the coordinator's acknowledgement. Answers that will not
// change wrap [executor.ErrDepot].
func (c *Client) Put(ctx context.Context, u wire.Upload, hash job.Hash, blob []byte) error {
	res, err := c.do(ctx, http.MethodPut, hash, u.Query(), blob)
	if err != nil {
		return err
	}
	defer drain(res)
	if res.StatusCode == http.StatusCreated || res.StatusCode == http.StatusOK {
		return nil
	}
	return refusal(res)
}

// Get fetches a blob of at most limit bytes and checks its hash.
func (c *Client) Get(ctx context.Context, hash job.Hash, limit int) ([]byte, error) {
	res, err := c.do(ctx, http.MethodGet, hash, "", nil)
	if err != nil {
		return nil, err
	}
	defer drain(res)
	if res.StatusCode != http.StatusOK {
		return nil, refusal(res)
	}
	blob, err := io.ReadAll(io.LimitReader(res.Body, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("depot: %w", err)
	}
	if len(blob) > limit {
		return nil, fmt.Errorf("%w: %s has over %d bytes", executor.ErrDepot, hash, limit)
	}
	if got := job.Hash(blake3.Sum256(blob)); got != hash {
		return nil, fmt.Errorf("%w: the blob served as %s hashes to %s", executor.ErrDepot, hash, got)
	}
	return blob, nil
}

func (c *Client) do(ctx context.Context, method string, hash job.Hash, query string, body []byte) (*http.Response, error) {
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("depot: waiting for a session: %w", err)
	}
	u := c.base.JoinPath("v1", "blobs", hash.String())
	u.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("depot: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPut {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("depot: %w", err)
	}
	return res, nil
}

// refusal reads an error answer. 401 passes with the next session, 429 and 5xx with time; the others
// are for good.
func refusal(res *http.Response) error {
	var r wire.Refusal
	b, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
	text := res.Status
	if json.Unmarshal(b, &r) == nil && r.Message != "" {
		text += ": " + r.Message
	}
	switch {
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusTooManyRequests,
		res.StatusCode == http.StatusRequestTimeout, res.StatusCode >= 500:
		return errors.New("depot: " + text)
	}
	return fmt.Errorf("%w: %s", executor.ErrDepot, text)
}

func drain(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, maxRefusal) // so that the connection can be used again
	res.Body.Close()
}
