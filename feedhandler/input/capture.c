/* SPDX-License-Identifier: Apache-2.0 */
#include "input/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "input/stream.h"

struct hr_capture {
    pcap_t *pcap;
    uint64_t packets;
    char path[256];
};

int hr_capture_open(struct hr_capture **capture, const char *path, char error[HR_CAPTURE_ERROR_BYTES])
{
    FILE *stream = hr_stream_open(path);
    if (!stream) {
        snprintf(error, HR_CAPTURE_ERROR_BYTES, "%s: %s", path, strerror(errno));
        return -1;
    }
    return hr_capture_open_stream(capture, stream, path, error);
}

int hr_capture_open_stream(struct hr_capture **capture, FILE *stream, const char *path, char error[HR_CAPTURE_ERROR_BYTES])
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!pcap) {
        snprintf(error, HR_CAPTURE_ERROR_BYTES, "%s: not a capture: %s (wanted pcap or pcapng, plain, zstd or gzip)", path, reason);
        fclose(stream);
        return -1;
    }
    if (pcap_datalink(pcap) != DLT_EN10MB) {
        const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));
        snprintf(error, HR_CAPTURE_ERROR_BYTES, "%s: a capture of link type %s; wanted Ethernet (EN10MB)", path,
                 name ? name : "unknown");
        pcap_close(pcap);
        return -1;
    }
    *capture = calloc(1, sizeof **capture);
    if (!*capture) {
        snprintf(error, HR_CAPTURE_ERROR_BYTES, "out of memory");
        pcap_close(pcap);
        return -1;
    }
    (*capture)->pcap = pcap;
    snprintf((*capture)->path, sizeof (*capture)->path, "%s", path);
    return 0;
}

void hr_capture_close(struct hr_capture *capture)
{
    if (!capture)
        return;
    pcap_close(capture->pcap);
    free(capture);
}

int hr_capture_next(struct hr_capture *capture, struct hr_frame *frame, char error[HR_CAPTURE_ERROR_BYTES])
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = pcap_next_ex(capture->pcap, &header, &bytes);
    if (result == PCAP_ERROR_BREAK)
        return 0;
    if (result != 1) {
        snprintf(error, HR_CAPTURE_ERROR_BYTES, "%s: damaged at packet %llu: %s", capture->path,
                 (unsigned long long)capture->packets + 1, pcap_geterr(capture->pcap));
        return -1;
    }
    capture->packets++;
    *frame = (struct hr_frame){
        .bytes = bytes,
        .length = header->caplen,
        .flags = header->caplen < header->len ? HR_FRAME_CUT : 0,
        /* tv_usec holds nanoseconds at this precision */
        .time_ns = (uint64_t)header->ts.tv_sec * UINT64_C(1000000000) + (uint64_t)header->ts.tv_usec,
    };
    return 1;
}
