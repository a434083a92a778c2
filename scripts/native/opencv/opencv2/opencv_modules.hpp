// The modules of OpenCV that twinstile uses. Found before the distribution's own list, it decides what the binding compiles.
#define HAVE_OPENCV_CORE
#define HAVE_OPENCV_IMGPROC
#define HAVE_OPENCV_IMGCODECS
#define HAVE_OPENCV_VIDEOIO
// The binding's name for the two of them together; it would ask for windows too.
#define HAVE_IO
