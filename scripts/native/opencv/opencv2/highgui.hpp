// In the place of OpenCV's own, which would bring Qt to a box without a screen: what the binding includes it for, and its windows, which fail.
#pragma once
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

namespace cv {
[[noreturn]] inline void noWindows() { CV_Error(Error::StsNotImplemented, "there are no windows in this build"); }
inline void namedWindow(const String &, int = 0) { noWindows(); }
inline void imshow(const String &, InputArray) { noWindows(); }
inline int waitKey(int = 0) { noWindows(); }
inline int waitKeyEx(int = 0) { noWindows(); }
inline void destroyWindow(const String &) { noWindows(); }
inline void destroyAllWindows() { noWindows(); }
}
