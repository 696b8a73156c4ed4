package proof

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// The coders are stateless between calls: EncodeAll and DecodeAll may run
// concurrently on one of each.
var (
	encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.SpeedBestCompression),
			zstd.WithEncoderConcurrency(1),
			zstd.WithSingleSegment(true))
	})
	decoder = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(MaxEnvelope),
			zstd.WithDecoderMaxWindow(MaxEnvelope))
	})
)

func compress(envelope []byte) ([]byte, error) {
	e, err := encoder()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return e.EncodeAll(envelope, nil), nil
}

// decompress unpacks exactly one Zstandard frame (RFC 8878) that states its
// content size and needs no dictionary.
func decompress(blob []byte) ([]byte, error) {
	if len(blob) >= MaxBlob {
		return nil, fmt.Errorf("%w: proof file of %d bytes, want less than %d", ErrTooLarge, len(blob), MaxBlob)
	}
	var h zstd.Header
	if err := h.Decode(blob); err != nil {
		return nil, fmt.Errorf("%w: not a Zstandard frame: %w", ErrMalformed, err)
	}
	switch {
	case h.Skippable:
		return nil, fmt.Errorf("%w: a skippable Zstandard frame", ErrMalformed)
	case h.DictionaryID != 0:
		return nil, fmt.Errorf("%w: Zstandard frame needs dictionary %d, want none", ErrMalformed, h.DictionaryID)
	case !h.HasFCS:
		return nil, fmt.Errorf("%w: Zstandard frame does not state its content size", ErrMalformed)
	case h.FrameContentSize > MaxEnvelope:
		return nil, fmt.Errorf("%w: proof file unpacks to %d bytes, at most %d are allowed", ErrTooLarge, h.FrameContentSize, MaxEnvelope)
	}
	end, err := frameEnd(blob, h)
	if err != nil {
		return nil, err
	}
	if end != len(blob) {
		return nil, fmt.Errorf("%w: %d bytes after the Zstandard frame", ErrMalformed, len(blob)-end)
	}
	d, err := decoder()
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	out, err := d.DecodeAll(blob, nil)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, fmt.Errorf("%w: proof file unpacks to more than it states or than %d bytes", ErrTooLarge, MaxEnvelope)
	case err != nil:
		return nil, fmt.Errorf("%w: Zstandard: %w", ErrMalformed, err)
	case uint64(len(out)) != h.FrameContentSize:
		return nil, fmt.Errorf("%w: Zstandard frame unpacks to %d bytes, it states %d", ErrMalformed, len(out), h.FrameContentSize)
	}
	return out, nil
}

// frameEnd walks the frame's block headers (RFC 8878, section 3.1.1.2) to where
// the frame ends, without unpacking anything.
func frameEnd(blob []byte, h zstd.Header) (int, error) {
	truncated := fmt.Errorf("%w: truncated Zstandard frame", ErrMalformed)
	const (
		blockHeader = 3
		checksum    = 4
		rle         = 1
		reserved    = 3
	)
	at := h.HeaderSize
	for {
		if len(blob)-at < blockHeader {
			return 0, truncated
		}
		head := int(blob[at]) | int(blob[at+1])<<8 | int(blob[at+2])<<16
		last, kind, size := head&1 == 1, head>>1&3, head>>3
		switch kind {
		case rle:
			size = 1
		case reserved:
			return 0, fmt.Errorf("%w: Zstandard block of the reserved type", ErrMalformed)
		}
		at += blockHeader
		if len(blob)-at < size {
			return 0, truncated
		}
		at += size
		if last {
			break
		}
	}
	if h.HasCheckSum {
		if len(blob)-at < checksum {
			return 0, truncated
		}
		at += checksum
	}
	return at, nil
}
